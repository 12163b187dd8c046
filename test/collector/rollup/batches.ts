/**
 * batches: journal batches written down reading by reading, for tests of the rollup.
 */
import type { JournalBatch } from "../../../collector/rollup/batch.ts";
import { type MergedPart, mergeBatches } from "../../../collector/rollup/load.ts";
import type { Store } from "../../../collector/stores/contract.ts";
import { type EpochMicros, epochMicros, type Frame, micros, type SeriesSpec } from "../../../protocol/index.ts";

export interface SampleReading {
  readonly series: number;
  readonly at: number;
  readonly value: number;
  readonly quality: number;
}

export interface SummaryReading {
  readonly series: number;
  readonly at: number;
  readonly quality: number;
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly first: number;
  readonly last: number;
  readonly lastAt: number;
  readonly covered: number;
  readonly weightedSum: number;
}

export type AnyReading = SampleReading | SummaryReading;

export function isSummary(reading: AnyReading): reading is SummaryReading {
  return "n" in reading;
}

export interface BatchSketch {
  readonly row: number;
  readonly receivedAt: number;
  readonly readings: readonly AnyReading[];
  /** Which of the readings were refused. */
  readonly refused?: readonly number[];
}

export function spec(fields: Partial<SeriesSpec> = {}): SeriesSpec {
  const names = { sensor: "air", channel: "temperature", unit: "Cel", kind: "gauge", sampling: "periodic" } as const;
  return { ...names, period: micros(60_000_000), heartbeat: micros(0), calibration: 0, ...fields };
}

/**
 * A batch whose readings keep their order, one frame per run of one series and form. Even frames spell out
 * presence (with holes) and quality; odd ones leave out what is everywhere.
 */
export function batchOf(sketch: BatchSketch, specs: ReadonlyMap<number, SeriesSpec>): JournalBatch {
  const numbers = [...specs.keys()];
  const series = numbers.map((number) => ({ number, spec: specs.get(number) ?? spec() }));
  const frames = runs(sketch.readings).map((run, index) => frameOf(run, numbers, index % 2 === 0));
  return { row: sketch.row, receivedAt: epochMicros(sketch.receivedAt), frames, series, refused: new Set(sketch.refused ?? []) };
}

function runs(readings: readonly AnyReading[]): AnyReading[][] {
  const result: AnyReading[][] = [];
  for (const reading of readings) {
    const run = result.at(-1);
    const before = run?.[0];
    if (run !== undefined && before?.series === reading.series && isSummary(before) === isSummary(reading)) run.push(reading);
    else result.push([reading]);
  }
  return result;
}

function frameOf(run: readonly AnyReading[], numbers: readonly number[], spelledOut: boolean): Frame {
  const series = numbers.indexOf((run[0] as AnyReading).series);
  const quality = spelledOut || run.some((reading) => reading.quality > 0) ? Uint8Array.from(run, (reading) => reading.quality) : undefined;
  const summaries = run.filter(isSummary);
  if (summaries.length > 0) return summaryFrame(series, summaries, quality);
  const samples = run as readonly SampleReading[];
  const values = Float64Array.from(samples, ({ value }) => value);
  if (!spelledOut) {
    return { form: "samples", at: Float64Array.from(samples, ({ at }) => at), columns: [{ series, present: undefined, values, quality }] };
  }
  const at = Float64Array.from(samples.flatMap((reading) => [reading.at, reading.at + 1]));
  const present = Uint8Array.from(at, (_, index) => 1 - (index % 2));
  return { form: "samples", at, columns: [{ series, present, values, quality }] };
}

function summaryFrame(series: number, summaries: readonly SummaryReading[], quality: Uint8Array | undefined): Frame {
  const column = (name: keyof SummaryReading) => Float64Array.from(summaries, (summary) => summary[name]);
  const sums = { n: column("n"), min: column("min"), max: column("max"), sum: column("sum"), first: column("first"), last: column("last") };
  const times = { at: column("at"), lastAt: column("lastAt"), covered: column("covered"), weightedSum: column("weightedSum") };
  return { form: "summaries", series, ...sums, ...times, quality };
}

/** In one part, which is not put yet. */
export async function mergeWhole(store: Store, batches: readonly JournalBatch[], now: EpochMicros): Promise<MergedPart> {
  const parts = mergeBatches(store, batches, { now, mostBuckets: Number.POSITIVE_INFINITY, pause: async () => undefined });
  const { value, done } = await parts.next();
  if (done === true || value.upTo !== undefined) throw new Error("expected one part");
  return value;
}
