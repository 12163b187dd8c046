/**
 * test: reads each sensor once, or one of them, and shows raw value, every filter and the result.
 *
 * It opens the devices itself and keeps nothing, so it tells whether a sensor answers before the agent runs.
 */
import { type Environment, explain, Fault, isFault, MICROS_PER_SECOND, micros, printable } from "../../protocol/index.ts";
import type { AgentConfig } from "../config/config.ts";
import { type Plan, planSampling, type SensorPlan } from "../sampling/plan.ts";
import { type ChannelTrial, type TrialStep, trySensor } from "../sampling/trial.ts";

const PATIENCE = micros(10 * MICROS_PER_SECOND);

interface SensorTrial {
  readonly sensor: string;
  readonly driver: string;
  readonly channels: readonly ChannelTrial[];
  readonly fault?: { readonly code: string; readonly message: string; readonly hint: string | undefined };
}

export interface TestOptions {
  /** Only this one; undefined = all. */
  readonly sensor: string | undefined;
  readonly json: boolean;
}

/** @returns 0, or 1 where a sensor failed. @throws Fault `unknown_sensor`. */
export async function testSensors(
  config: AgentConfig,
  { sensor, json }: TestOptions,
  environment: Environment,
  write: (text: string) => void,
): Promise<number> {
  const plan = planSampling(config);
  const trials: SensorTrial[] = [];
  for (const each of chosen(plan, sensor)) {
    const trial = await tryOne(plan, each, environment);
    trials.push(trial);
    if (!json) write(asText(trial));
  }
  const isWell = trials.every(({ fault }) => fault === undefined);
  if (json) write(`${JSON.stringify({ ok: isWell, sensors: trials }, null, 2)}\n`);
  return isWell ? 0 : 1;
}

function chosen({ sensors }: Plan, name: string | undefined): readonly SensorPlan[] {
  const found = sensors.filter((each) => name === undefined || each.name === name);
  if (found.length > 0 || name === undefined) return found;
  throw new Fault("unknown_sensor", `expected the name of a sensor of the config, got ${JSON.stringify(name)}`, {
    hint: `there is: ${sensors.map((each) => each.name).join(", ")}`,
  });
}

async function tryOne(plan: Plan, sensor: SensorPlan, environment: Environment): Promise<SensorTrial> {
  const named = { sensor: sensor.name, driver: sensor.driver.name };
  try {
    return { ...named, channels: await trySensor(plan, sensor, environment, PATIENCE) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { ...named, channels: [], fault: { code: error.code, message: error.message, hint: error.hint } };
  }
}

function asText({ sensor, driver, channels, fault }: SensorTrial): string {
  const title = `${sensor} (${driver})`;
  if (fault !== undefined)
    return `${title}: FAILED\n  ${explain(new Fault(fault.code, fault.message, { ...(fault.hint !== undefined && { hint: fault.hint }) }))}\n`;
  return `${[`${title}: ${verdictOf(channels)}`, ...channels.flatMap(channelLines)].join("\n")}\n`;
}

/** What no filter of the config is there to drop: no number ever comes of it. */
const NO_NUMBER = new Set(["not_a_number", "not_finite"]);

function verdictOf(channels: readonly ChannelTrial[]): string {
  const lost = channels.filter(({ steps }) => steps.some(({ reason = "" }) => NO_NUMBER.has(reason))).map(({ channel }) => channel);
  return lost.length === 0 ? "ok" : `answers, but no number comes of ${lost.join(", ")}`;
}

function channelLines({ channel, unit, resultUnit, raw, steps, result }: ChannelTrial): readonly string[] {
  const lines = steps.map((step) => `    ${stepText(step)}`);
  if (raw === undefined) return [`  ${channel}: no value in this reading${lines.length > 0 ? "" : " (some need two)"}`, ...lines];
  const quality = raw.quality === "good" ? "" : ` ${raw.quality}${raw.reason === undefined ? "" : `, ${raw.reason}`}`;
  const end = result === undefined ? "nothing kept yet" : `${inUnit(result.value, resultUnit)}, ${result.quality}`;
  return [`  ${channel}: ${inUnit(raw.value, unit)}${quality}`, ...lines, `    result: ${end}`];
}

function inUnit(value: number | string, unit: string): string {
  return unit === "1" || typeof value === "string" ? printable(`${value}`) : `${value} ${unit}`;
}

function stepText({ filter, outcome, value, quality, reason }: TrialStep): string {
  if (outcome === "held") return `${filter}: held in its window`;
  if (outcome === "dropped") return `${filter}: dropped, ${reason}`;
  return `${filter}: ${value}, ${quality}${reason === undefined ? "" : `, ${reason}`}`;
}
