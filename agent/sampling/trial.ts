/**
 * trial: reads one sensor once and tells what became of each value, filter by filter; nothing is kept.
 *
 * Filters start anew, so a deadband keeps and a window holds what they are shown.
 */
import { type Environment, epochMicros, Fault, type Micros, type Quality, type Reading } from "../../protocol/index.ts";
import type { Outcome } from "../filters/contract.ts";
import type { Driver, Sample } from "../sensors/contract.ts";
import { orAborted } from "./bus.ts";
import type { ChannelPlan, Plan, SensorPlan } from "./plan.ts";
import { openDriver } from "./sampler.ts";
import { driverFault } from "./sensor-state.ts";

export interface TrialStep {
  readonly filter: string;
  readonly outcome: "kept" | "dropped" | "held";
  readonly value?: number;
  readonly quality?: Quality;
  /** Why it was dropped, or marked. */
  readonly reason?: string;
}

export interface ChannelTrial {
  readonly channel: string;
  readonly unit: string;
  /** As the driver said it; absent where it said nothing in this reading. */
  readonly raw?: { readonly value: number; readonly quality: Quality; readonly reason?: string };
  readonly steps: readonly TrialStep[];
  /** What would be kept; absent where it ended before. */
  readonly result?: { readonly value: number; readonly quality: Quality };
}

/** @throws Fault of the driver, or `no_answer` after `patience`. */
export async function trySensor(
  plan: Plan,
  sensor: SensorPlan,
  environment: Environment,
  patience: Micros,
): Promise<readonly ChannelTrial[]> {
  const { clock, log } = environment;
  const patient = new AbortController();
  const timer = clock.after(`try ${sensor.name}`, patience, () => patient.abort(noAnswer(sensor.name, patience)));
  const driver = openDriver(plan, sensor, environment);
  let isHanging = false;
  try {
    const sample = await orAborted(firstSample(driver, patient.signal), patient.signal);
    return sensor.channels.map((channel) => tryChannel(plan, channel, sample, sample.at ?? clock.wall()));
  } catch (error) {
    isHanging = patient.signal.aborted;
    throw isHanging ? patient.signal.reason : driverFault(sensor.name, error, log);
  } finally {
    timer.cancel();
    // A stream that was silent has ended its wait by the signal; a read that hangs would hang in close too.
    if (!isHanging || driver.shape === "stream") await driver.close();
  }
}

async function firstSample(driver: Driver, signal: AbortSignal): Promise<Sample> {
  if (driver.shape === "polled") {
    await driver.open();
    return driver.read(signal);
  }
  await driver.open(undefined);
  for (;;) {
    const burst = await driver.next(signal);
    const sample = burst?.samples[0];
    if (sample !== undefined) return sample;
    if (burst === undefined) {
      throw new Fault("no_sample", "expected at least one sample, got none before the end", { hint: "check what the config selects" });
    }
  }
}

function noAnswer(sensor: string, patience: Micros): Fault {
  return new Fault("no_answer", `${sensor}: expected an answer within ${patience / 1e6} s, got none`, {
    hint: "check the wiring and the bus; other sensors on the same bus wait for it too",
  });
}

function tryChannel(plan: Plan, { name, series, id, filters }: ChannelPlan, sample: Sample, at: number): ChannelTrial {
  const unit = plan.catalog[series]?.unit ?? "1";
  const said = sample.values[name];
  if (said === undefined) return { channel: name, unit, steps: [] };
  const raw = typeof said === "number" ? { value: said, quality: "good" as const } : said;
  if (!Number.isFinite(raw.value))
    return { channel: name, unit, raw, steps: [{ filter: "number", outcome: "dropped", reason: "not_finite" }] };

  let current: Reading | undefined = { series: id, at: epochMicros(at), value: raw.value, quality: raw.quality };
  const steps: TrialStep[] = [];
  for (const { kind, options, before } of filters) {
    const outcome: Outcome = kind.create(options, { series: id, sampling: before }).apply(current);
    steps.push(stepOf(kind.name, outcome));
    current = "keep" in outcome ? outcome.keep : undefined;
    if (current === undefined) break;
  }
  return { channel: name, unit, raw, steps, ...(current && { result: { value: current.value, quality: current.quality } }) };
}

function stepOf(filter: string, outcome: Outcome): TrialStep {
  if ("drop" in outcome) return { filter, outcome: "dropped", reason: outcome.drop };
  if ("hold" in outcome) return { filter, outcome: "held" };
  const { value, quality } = outcome.keep;
  return { filter, outcome: "kept", value, quality, ...(outcome.mark !== undefined && { reason: outcome.mark }) };
}
