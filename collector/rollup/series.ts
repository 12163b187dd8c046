/**
 * series: a series as the collector knows it, and how long a value of it is held.
 */
import { type Labels, MICROS_PER_DAY, type Micros, micros, type SeriesId, type SeriesSpec } from "../../protocol/index.ts";
import type { SeriesNumber } from "../stores/contract.ts";

export interface SeriesInfo {
  readonly number: SeriesNumber;
  readonly id: SeriesId;
  readonly spec: SeriesSpec;
  /** 1, 2, 3 ... : unit and kind are identity, so a change of one opens the next version, shown apart. */
  readonly version: number;
  /** Of its agent now; absent where it says none. */
  readonly labels?: Labels;
}

/** No promise of an agent is believed for longer: it bounds how many buckets one late reading can touch. */
const LONGEST_HOLD = 7 * MICROS_PER_DAY;

/**
 * How long a value counts as known when no other follows: one period, and for `on_change` twice the heartbeat
 * (one may be lost). So the held time of a periodic series is its filled slots. 0 where nothing is promised.
 */
export function maxHold(spec: SeriesSpec): Micros {
  const heartbeat = spec.sampling === "on_change" ? spec.heartbeat : 0;
  return micros(Math.min(2 * heartbeat + spec.period, LONGEST_HOLD));
}
