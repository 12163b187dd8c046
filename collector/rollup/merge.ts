/**
 * merge: puts what came for an hour together with what is stored of it, by natural key (series, at).
 *
 * - Equal value and quality at one instant = duplicate, whatever its other marks; anything else = conflict.
 *   The first in journal order stays in both cases, and what is stored came before everything that comes now.
 * - In order of `at` and mostly one run behind the other, so merging is copying; sorting is paid for where a
 *   batch is out of order.
 */
import { SUMMARY_COLUMNS, summaryColumns } from "../../protocol/index.ts";
import type { HourSamples, HourSummaries } from "../stores/contract.ts";
import type { SampleArrivals, SummaryArrival } from "./arrivals.ts";

export type Verdict = "stored" | "duplicate" | "conflict";

/** Told once per arrival, by its index. */
export type Judge = (arrival: number, verdict: Verdict) => void;

export interface MergedHour<Columns> {
  readonly columns: Columns;
  /** Indexes into the columns that were not stored before, ascending. */
  readonly changed: readonly number[];
}

export function mergeSamples(stored: HourSamples, came: SampleArrivals, judge: Judge): MergedHour<HourSamples> {
  const at = came.at.subarray(0, came.length);
  const same = (source: number, arrival: number) => {
    const [from, index] = source >= 0 ? [stored, source] : [came, ~source];
    return from.value[index] === came.value[arrival] && from.quality[index] === came.quality[arrival];
  };
  const { sources, changed } = plan(stored.at, at, same, judge);
  const pick = <Column extends Float64Array | Uint8Array>(into: Column, old: Column, fresh: Column) => {
    for (let i = 0; i < into.length; i++) {
      const source = sources[i] as number;
      into[i] = source >= 0 ? (old[source] as number) : (fresh[~source] as number);
    }
    return into;
  };
  const count = sources.length;
  const columns = {
    at: pick(new Float64Array(count), stored.at, came.at),
    value: pick(new Float64Array(count), stored.value, came.value),
    quality: pick(new Uint8Array(count), stored.quality, came.quality),
    late: pick(new Uint8Array(count), stored.late, came.late),
  };
  return { columns, changed };
}

export function mergeSummaries(stored: HourSummaries, came: readonly SummaryArrival[], judge: Judge): MergedHour<HourSummaries> {
  const fresh = columnsOf(came);
  const same = (source: number, arrival: number) => {
    const [from, index] = source >= 0 ? [stored, source] : [fresh, ~source];
    return from.quality[index] === fresh.quality[arrival] && SUMMARY_COLUMNS.every((name) => from[name][index] === fresh[name][arrival]);
  };
  const { sources, changed } = plan(stored.at, fresh.at, same, judge);
  const pick = (old: ArrayLike<number>, now: ArrayLike<number>) =>
    Array.from(sources, (source) => (source >= 0 ? (old[source] as number) : (now[~source] as number)));
  const columns = {
    ...summaryColumns((name) => Float64Array.from(pick(stored[name], fresh[name]))),
    quality: Uint8Array.from(pick(stored.quality, fresh.quality)),
    late: Uint8Array.from(pick(stored.late, fresh.late)),
  };
  return { columns, changed };
}

function columnsOf(came: readonly SummaryArrival[]): HourSummaries {
  return {
    ...summaryColumns((name) => Float64Array.from(came, ({ frame, index }) => (frame[name][index] as number) + 0)), // makes 0 of -0
    quality: Uint8Array.from(came, ({ frame, index }) => frame.quality?.[index] ?? 0),
    late: Uint8Array.from(came, ({ late }) => late),
  };
}

interface Plan {
  /** Where each item of the merged hour comes from: `i` = stored item i, `~i` = arrival i. */
  readonly sources: Int32Array;
  readonly changed: number[];
}

function plan(stored: Float64Array, came: Float64Array, same: (source: number, arrival: number) => boolean, judge: Judge): Plan {
  const order = inOrder(came);
  const sources = new Int32Array(stored.length + came.length);
  const changed: number[] = [];
  let count = 0;
  let old = 0;
  let lastAt = Number.NaN; // equal to no instant
  for (let i = 0; i < came.length; i++) {
    const arrival = order === undefined ? i : (order[i] as number);
    const at = came[arrival] as number;
    while (old < stored.length && (stored[old] as number) <= at) {
      lastAt = stored[old] as number;
      sources[count++] = old++;
    }
    if (at === lastAt) {
      judge(arrival, same(sources[count - 1] as number, arrival) ? "duplicate" : "conflict");
      continue;
    }
    lastAt = at;
    changed.push(count);
    sources[count++] = ~arrival;
    judge(arrival, "stored");
  }
  while (old < stored.length) sources[count++] = old++;
  return { sources: sources.subarray(0, count), changed };
}

/** Arrivals by (at, arrival); undefined where they already are in that order. */
function inOrder(at: Float64Array): Uint32Array | undefined {
  let sorted = true;
  for (let i = 1; sorted && i < at.length; i++) sorted = (at[i - 1] as number) <= (at[i] as number);
  if (sorted) return undefined;
  const order = Uint32Array.from(at, (_, index) => index);
  return order.sort((a, b) => (at[a] as number) - (at[b] as number) || a - b);
}
