/**
 * channels: takes the samples of one sensor through the pipelines of its channels into the next commit.
 *
 * - A sample with an instant of its own keeps it (`device`); any other is stamped by the agent in microseconds
 *   since boot (`boot`), and becomes an instant of the wall clock only when it is sealed.
 * - Filters see wall time where it is known by then, else time since boot: spans are right either way, and where one
 *   becomes the other, or the clock is set, filters are told by how much.
 */
import {
  bug,
  type EpochMicros,
  epochMicros,
  MICROS_PER_MS,
  type Micros,
  micros,
  QUALITIES,
  type Quality,
  type SeriesId,
  type Summary,
} from "../../protocol/index.ts";
import { LONGEST_STATE, type Sample } from "../sensors/contract.ts";
import type { EventClock, SamplerState, SensorTally } from "../spool/journal.ts";
import { channelKey, type DerivedPlan, derive, type LatestReadings } from "./derived.ts";
import type { ExplainedReading } from "./explain.ts";
import type { Pending } from "./pending.ts";
import { createPipeline, type Pipeline } from "./pipeline.ts";
import type { ChannelPlan, SensorPlan } from "./plan.ts";
import type { RawReading } from "./raw-reading.ts";
import { continueTally, count } from "./tally.ts";
import { slotOf } from "./turns.ts";
import { type Urgency, urgencyOf } from "./urgency.ts";

/** Later than any window ends. */
const ALWAYS = epochMicros(Number.MAX_SAFE_INTEGER);

interface Channel {
  readonly plan: ChannelPlan;
  readonly pipeline: Pipeline;
  /** The last one before its filters. */
  last: RawReading | undefined;
  readonly isUrgent: Urgency | undefined;
}

/** The last value of a channel, before its filters; null before the first of this run. */
export interface ChannelStatus {
  readonly name: string;
  readonly unit: string;
  /** The text of a state, cut to LONGEST_STATE characters, where the driver gives names. */
  readonly value: number | string | null;
  readonly quality: Quality | null;
}

export interface SeriesExplanation {
  readonly series: string;
  readonly unit: string;
  /** Their names, in order. */
  readonly filters: readonly string[];
  /** The last ones, oldest first. */
  readonly readings: readonly ExplainedReading[];
}

export class SensorChannels {
  #plan: SensorPlan;
  readonly tally: SensorTally;
  #channels: readonly Channel[];
  readonly #pending: Pending;
  readonly #latest: LatestReadings;
  readonly #eventClock: EventClock;
  /** Monotonic instant of the newest sample: that of the summaries that it closes, too. */
  #now = micros(0);
  #isStampedHere = false;
  /** The instant of the newest sample was one of the wall clock. */
  #isFinal = true;
  /** By how much the last instant that was made here is ahead of the monotonic clock; before the first nothing has moved. */
  #ahead = Number.NaN;

  constructor(plan: SensorPlan, pending: Pending, latest: LatestReadings, eventClock: EventClock, saved: SamplerState | undefined) {
    const tally = continueTally(saved?.tallies[plan.name]);
    this.#plan = plan;
    this.tally = tally;
    this.#pending = pending;
    this.#latest = latest;
    this.#eventClock = eventClock;
    this.#channels = plan.channels.map((channel, index) => {
      const isUrgent = channel.urgent && urgencyOf(channel.urgent);
      const emit = (summary: Summary) => {
        if (isUrgent?.(summary.min, summary.max, this.#now)) pending.markUrgent();
        const { series } = this.#plan.channels[index] ?? channel;
        pending.addSummary(this.#plan, series, summary);
      };
      const pipeline = createPipeline(channel, tally, emit, saved?.filters[filtersKey(plan, channel)]);
      return { plan: channel, pipeline, isUrgent, last: undefined };
    });
    // Windows that no filter of this config continues: their readings are gone, and said to be.
    count(tally.dropped, "config_changed", tally.inWindow - this.#held());
    tally.inWindow = this.#held();
  }

  get plan(): SensorPlan {
    return this.#plan;
  }

  /** The newest sample is of the moment in which it came; false before the first. */
  get isStampedHere(): boolean {
    return this.#isStampedHere;
  }

  /** Gives the sensor another place in the catalog: its readings from now on are counted there. */
  moveTo(plan: SensorPlan): void {
    this.#plan = plan;
    this.#channels = this.#channels.map((channel, index) => ({ ...channel, plan: plan.channels[index] ?? channel.plan }));
  }

  /** @param taken when it was taken, by the monotonic clock; counts only where the sample has no instant itself. */
  take(sample: Sample, taken: Micros): void {
    this.#now = taken;
    const offset = this.#eventClock.trustedOffset();
    const isDevice = sample.at !== undefined;
    this.#isStampedHere = !isDevice;
    const at = sample.at ?? this.#instant(taken, offset);
    if (!Number.isSafeInteger(at)) return count(this.tally.failed, "bad_time"); // from outside, as all of a device's own are
    const isFinal = isDevice || offset !== undefined;
    this.#isFinal = isFinal;
    const kept = this.#channels.map((channel) => {
      const { plan, pipeline, isUrgent } = channel;
      const reading = plan.derived === undefined ? this.#read(plan, at, sample) : this.#derive(plan.id, plan.derived, at);
      channel.last = reading ?? channel.last;
      const kept = reading && pipeline.take(reading, isFinal);
      if (kept !== undefined && kept.quality !== "bad" && isUrgent?.(kept.value, kept.value, taken)) this.#pending.markUrgent();
      if (reading && pipeline.tapped !== undefined) this.#latest.note(channelKey(this.plan.name, plan.name), pipeline.tapped, isFinal);
      return kept;
    });
    this.#pending.addInstant(this.plan, isDevice ? "device" : "boot", isDevice ? at : taken, kept);
  }

  /** Closes windows that ended by `until`; without it, all of them. */
  flush(until: EpochMicros = ALWAYS): void {
    for (const { pipeline } of this.#channels) pipeline.flush(until);
  }

  /** Counters as they are now. */
  count(): SensorTally {
    this.tally.inWindow = this.#held();
    return structuredClone(this.tally);
  }

  status(): readonly ChannelStatus[] {
    return this.#channels.map(({ plan: { name, measure }, last }) => {
      const { unit } = measure;
      if (last === undefined) return { name, unit, value: null, quality: null };
      const { value, quality } = last;
      return { name, unit, value: typeof value === "string" ? value.slice(0, LONGEST_STATE) : value, quality };
    });
  }

  /** What became of the last readings of a channel; undefined where the sensor has none of that name. */
  explain(name: string): SeriesExplanation | undefined {
    const found = this.#channels.find(({ plan }) => plan.name === name);
    if (found === undefined) return undefined;
    const { id, measure, filters } = found.plan;
    return { series: id, unit: measure.unit, filters: filters.map(({ kind }) => kind.name), readings: found.pipeline.explain() };
  }

  /** Adds what the filters hold to a state that is being saved. */
  saveFilters(filters: Record<string, readonly unknown[]>): void {
    for (const { plan, pipeline } of this.#channels) {
      if (plan.filters.length > 0) filters[filtersKey(this.plan, plan)] = pipeline.save(this.#isFinal);
    }
  }

  #instant(taken: Micros, offset: number | undefined): EpochMicros {
    const { stamp, every, phase } = this.plan;
    const at = offset === undefined ? epochMicros(taken) : slotOf(taken + offset, stamp === "grid" ? every : undefined, phase);
    const ahead = at - taken;
    const by = ahead - this.#ahead;
    // Less than that is the cut of an exact instant, or the two clocks that were read one after the other.
    if (Math.abs(by) >= MICROS_PER_MS) for (const { pipeline } of this.#channels) pipeline.shift(by);
    this.#ahead = ahead;
    return at;
  }

  #read({ id, name }: ChannelPlan, at: EpochMicros, { values }: Sample): RawReading | undefined {
    const raw = values[name];
    if (raw === undefined) return undefined;
    if (typeof raw !== "object") return { series: id, at, value: raw, quality: "good" };
    if (!QUALITIES.includes(raw.quality)) bug(`${id}: quality ${raw.quality}`);
    count(this.tally.marked, raw.reason);
    return { series: id, at, value: raw.value, quality: raw.quality };
  }

  #derive(series: SeriesId, plan: DerivedPlan, at: EpochMicros): RawReading | undefined {
    const made = derive(plan, at, this.#latest);
    if (made === "input_missing") count(this.tally.marked, made);
    return typeof made === "string" ? undefined : { series, at, ...made };
  }

  #held(): number {
    return this.#channels.reduce((sum, { pipeline }) => sum + pipeline.held(), 0);
  }
}

function filtersKey(sensor: SensorPlan, channel: ChannelPlan): string {
  return `${sensor.name}/${channel.name}`;
}
