/**
 * trial: reads one sensor once and tells what became of each value, filter by filter; nothing is kept.
 *
 * Filters start anew, so a deadband keeps and a window holds what they are shown.
 */
import { type Environment, type EpochMicros, Fault, type Micros, type Quality, type Reading } from "../../protocol/index.ts";
import type { Outcome, PlacedFilter } from "../filters/contract.ts";
import type { Driver, Sample } from "../sensors/contract.ts";
import { orAborted } from "./bus.ts";
import { channelKey, derive, LatestReadings } from "./derived.ts";
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
  /** What comes out of the filters is in this unit. */
  readonly resultUnit: string;
  /** As the driver said it, or as it was derived; absent where it said nothing in this reading. */
  readonly raw?: { readonly value: number | string; readonly quality: Quality; readonly reason?: string };
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
    return tryChannels(plan, sensor, sample, sample.at ?? clock.wall());
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

/** Derived channels are tried with what was read just now: of other sensors nothing is known. */
function tryChannels(plan: Plan, sensor: SensorPlan, sample: Sample, at: EpochMicros): readonly ChannelTrial[] {
  const latest = new LatestReadings(undefined);
  return sensor.channels.map((channel) => {
    const { name, series, measure, derived } = channel;
    const units = { unit: measure.unit, resultUnit: plan.catalog[series]?.unit ?? measure.unit };
    const said = derived === undefined ? sample.values[name] : derive(derived, at, latest);
    if (said === "input_missing" && derived !== undefined) {
      return { channel: name, ...units, steps: [{ filter: "derive", outcome: "dropped", reason: said }] };
    }
    if (said === undefined || said === "not_now") return { channel: name, ...units, steps: [] };
    const raw = typeof said === "object" ? said : { value: said, quality: "good" as const };
    const { steps, result, tapped } = tryFilters(channel, raw.value, raw.quality, at);
    if (tapped !== undefined) latest.note(channelKey(sensor.name, name), tapped, true);
    return { channel: name, ...units, raw, steps, ...(result && { result: { value: result.value, quality: result.quality } }) };
  });
}

interface FilterTrial {
  readonly steps: readonly TrialStep[];
  readonly result?: Reading | undefined;
  readonly tapped?: Reading | undefined;
}

function tryFilters({ id, filters, tapAt }: ChannelPlan, said: number | string, quality: Quality, at: EpochMicros): FilterTrial {
  const [first] = filters;
  const value = typeof said === "number" ? said : first?.kind.states?.(first.options)?.(said);
  if (value === undefined || !Number.isFinite(value)) return { steps: [refusal(first, said)] };

  let current: Reading | undefined = { series: id, at, value, quality };
  let tapped: Reading | undefined;
  const steps: TrialStep[] = [];
  for (const [index, { kind, options, sampling, measure }] of filters.entries()) {
    if (index === tapAt) tapped = current;
    const isNamed = index === 0 && typeof said === "string";
    const outcome: Outcome = isNamed ? { keep: current } : kind.create(options, { series: id, sampling, measure }).apply(current);
    steps.push(stepOf(kind.name, outcome));
    current = "keep" in outcome ? outcome.keep : undefined;
    if (current === undefined) return { steps, tapped };
  }
  return { steps, result: current, tapped: tapAt === filters.length ? current : tapped };
}

/** Why a value goes no further than the first filter. */
function refusal(first: PlacedFilter | undefined, value: number | string): TrialStep {
  if (typeof value === "number") return { filter: "number", outcome: "dropped", reason: "not_finite" };
  const isMapped = first?.kind.states?.(first.options) !== undefined;
  return isMapped
    ? { filter: first?.kind.name ?? "", outcome: "dropped", reason: "unknown_state" }
    : { filter: "number", outcome: "dropped", reason: "not_a_number" };
}

function stepOf(filter: string, outcome: Outcome): TrialStep {
  if ("drop" in outcome) return { filter, outcome: "dropped", reason: outcome.drop };
  if ("hold" in outcome) return { filter, outcome: "held" };
  const { value, quality } = outcome.keep;
  return { filter, outcome: "kept", value, quality, ...(outcome.mark !== undefined && { reason: outcome.mark }) };
}
