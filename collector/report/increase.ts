/**
 * increase: how much a counter rose (kWh, litres, pulses), row by row.
 *
 * - What it rose between two readings counts in the row of the later one, so hours add up to their day.
 * - A value below the one before says that the counter began again at 0: it rose by what it shows now.
 * - A gap breaks it: over a silence longer than three periods (of changes only: than two heartbeats) nothing is made
 *   up. What a person may still want to conclude he sees in `first` and `last`, which stand beside it.
 * - A window of a summary that shows a restart counts up to its highest value and on from 0 to its last.
 */
import { type EpochMicros, epochMicros, MICROS_PER_DAY, QUARTER } from "../../protocol/index.ts";
import { addTo, emptySum, resultOf } from "../rollup/compensated-sum.ts";
import { maxHold, type SeriesInfo } from "../rollup/series.ts";
import type { Span } from "../stores/contract.ts";
import { spanOf } from "./periods.ts";
import { allReadings, busyHours, type Event, eventsOf, type ReadingStore, readingsIn } from "./readings.ts";

/** Where no pace is promised. */
const LONGEST_PATIENCE = 7 * MICROS_PER_DAY;
const PERIODS = 3;

interface Seen {
  readonly at: number;
  readonly value: number;
}

/** @param rows one at least, following one another. @returns one a row; null where no two readings could be compared. */
export async function increasesOf(store: ReadingStore, { number, spec }: SeriesInfo, rows: readonly Span[]): Promise<(number | null)[]> {
  const patience = patienceOf(spec);
  const span = spanOf(rows);
  const busy = await busyHours(store, number, span);
  let seen = await seenBefore(store, number, span.from, patience);
  const increases: (number | null)[] = [];
  for (const row of rows) {
    const total = emptySum();
    let compared = 0;
    let isWhole = true;
    for await (const hour of readingsIn(store, number, row, busy)) {
      isWhole &&= hour !== undefined;
      for (const event of hour === undefined ? [] : eventsOf(hour)) {
        if (seen !== undefined && event.at - seen.at <= patience) {
          addTo(total, rise(seen.value, event.value));
          compared += 1;
        }
        const { window } = event;
        if (window !== undefined && window.n > 1) {
          addTo(total, riseInside(event.value, window));
          compared += 1;
        }
        seen = { at: window?.lastAt ?? event.at, value: window?.last ?? event.value };
      }
    }
    increases.push(compared === 0 || !isWhole ? null : resultOf(total));
  }
  return increases;
}

/** For how long a silence is no gap. */
function patienceOf(spec: SeriesInfo["spec"]): number {
  const promised = spec.sampling === "on_change" ? spec.heartbeat : spec.period;
  return promised === 0 ? LONGEST_PATIENCE : Math.max(maxHold(spec), PERIODS * spec.period);
}

function rise(before: number, after: number): number {
  return after >= before ? after - before : Math.max(0, after);
}

function riseInside(first: number, { min, max, last }: NonNullable<Event["window"]>): number {
  const hasRestarted = max > last || min < first;
  return hasRestarted ? Math.max(0, max - first) + Math.max(0, last) : last - first;
}

/** The newest reading before the first row. A summary's window is at most a quarter hour, so it began no earlier than that. */
async function seenBefore(store: ReadingStore, series: number, from: EpochMicros, patience: number): Promise<Seen | undefined> {
  const held = await store.lastBefore(series, from, patience + QUARTER);
  if (held === undefined || !held.summary) return held;
  const { summaries } = await allReadings(store, series, { from: held.at, to: epochMicros(held.at + 1) });
  return { at: summaries.lastAt[0] ?? held.at, value: held.value };
}
