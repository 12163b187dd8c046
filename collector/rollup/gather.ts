/**
 * gather: spreads the readings of batches over their series and UTC hours.
 *
 * Readings that were refused at ingest are left out; each of the others is judged late or not by the moment its
 * own batch was received.
 */
import {
  bug,
  MICROS_PER_HOUR,
  QUARTER,
  type SampleColumn,
  type SampleFrame,
  type SeriesSpec,
  type SummaryFrame,
} from "../../protocol/index.ts";
import type { SeriesNumber } from "../stores/contract.ts";
import { type HourArrivals, SampleArrivals } from "./arrivals.ts";
import type { JournalBatch } from "./batch.ts";
import { GRACE } from "./grace.ts";

/** Everything that came for one series. */
export interface SeriesArrivals {
  readonly number: SeriesNumber;
  /** Of the newest batch: it says for how long values are held. */
  spec: SeriesSpec;
  /** By start of the UTC hour. */
  readonly hours: Map<number, HourArrivals>;
}

/** @param batches in the order of the journal. */
export function gather(batches: readonly JournalBatch[]): SeriesArrivals[] {
  const bySeries = new Map<SeriesNumber, SeriesArrivals>();
  for (const [index, batch] of batches.entries()) {
    const before = batches[index - 1];
    if (before !== undefined && before.row >= batch.row) bug(`journal row ${batch.row} comes after row ${before.row}`);
    gatherBatch(batch, index, bySeries);
  }
  return [...bySeries.values()].sort((a, b) => a.number - b.number);
}

function gatherBatch(batch: JournalBatch, index: number, bySeries: Map<SeriesNumber, SeriesArrivals>): void {
  let ordinal = 0;
  for (const frame of batch.frames) {
    for (const column of frame.form === "samples" ? frame.columns : [frame]) {
      const count = column === frame ? frame.at.length : (column as SampleColumn).values.length;
      const target = seriesOf(batch, column.series, bySeries);
      const spread = { batch, index, ordinal, target };
      if (target !== undefined && frame.form === "summaries") spreadSummaries(frame, { ...spread, target });
      if (target !== undefined && frame.form === "samples") spreadSamples(frame, column as SampleColumn, { ...spread, target });
      ordinal += count;
    }
  }
}

/** One column on its way into the hours of its series. */
interface Spread {
  readonly batch: JournalBatch;
  /** Index of the batch among its fellows. */
  readonly index: number;
  /** Ordinal of the column's first reading in the batch. */
  readonly ordinal: number;
  readonly target: SeriesArrivals;
}

function spreadSamples({ at }: SampleFrame, { present, values, quality }: SampleColumn, { batch, index, ordinal, target }: Spread): void {
  const refused = batch.refused.size > 0 ? batch.refused : undefined;
  let hourStart = Number.NaN; // equal to no hour
  let arrivals = new SampleArrivals();
  let next = 0;
  for (let instant = 0; instant < at.length; instant++) {
    if (present !== undefined && present[instant] === 0) continue;
    const place = next++;
    if (refused?.has(ordinal + place)) continue;
    const moment = at[instant] as number;
    const hour = hourOf(moment);
    if (hour !== hourStart) {
      hourStart = hour;
      arrivals = hourArrivals(target, hour).samples;
    }
    arrivals.add(moment, values[place] as number, quality === undefined ? 0 : (quality[place] as number), lateness(batch, moment), index);
  }
}

function spreadSummaries(frame: SummaryFrame, { batch, index, ordinal, target }: Spread): void {
  for (let place = 0; place < frame.at.length; place++) {
    if (batch.refused.has(ordinal + place)) continue;
    const at = frame.at[place] as number;
    hourArrivals(target, hourOf(at)).summaries.push({ at, frame, index: place, late: lateness(batch, at), batch: index });
  }
}

function seriesOf(batch: JournalBatch, inCatalog: number, bySeries: Map<SeriesNumber, SeriesArrivals>): SeriesArrivals | undefined {
  const series = batch.series[inCatalog];
  if (series === undefined) return undefined;
  const known = bySeries.get(series.number);
  if (known !== undefined) {
    known.spec = series.spec;
    return known;
  }
  const fresh: SeriesArrivals = { number: series.number, spec: series.spec, hours: new Map() };
  bySeries.set(series.number, fresh);
  return fresh;
}

function hourArrivals(target: SeriesArrivals, hour: number): HourArrivals {
  const known = target.hours.get(hour);
  if (known !== undefined) return known;
  const fresh: HourArrivals = { samples: new SampleArrivals(), summaries: [] };
  target.hours.set(hour, fresh);
  return fresh;
}

function hourOf(at: number): number {
  return Math.floor(at / MICROS_PER_HOUR) * MICROS_PER_HOUR;
}

/** 1 where the batch was received more than the grace after the end of the reading's bucket. */
function lateness(batch: JournalBatch, at: number): number {
  return batch.receivedAt > (Math.floor(at / QUARTER) + 1) * QUARTER + GRACE ? 1 : 0;
}
