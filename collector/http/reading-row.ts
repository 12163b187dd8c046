/**
 * reading-row: a stored reading as a flat record, the same in lists and in the live stream.
 *
 * A window that a device summarised is one row: `value` is its mean, `at` its first instant, `n` says how many
 * readings it stands for. A single reading has n 1 and is its own min and max.
 */
import { z } from "zod";
import { epochMicros, isoInstant, QUALITIES } from "../../protocol/index.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import type { HourSamples, HourSummaries } from "../stores/contract.ts";

export const readingRow = z.strictObject({
  series: z.string().describe("agent/sensor/channel"),
  version: z.int().describe("another unit or kind under the same name is the next version"),
  at: z.string().describe("ISO 8601, UTC; of a summary its first reading"),
  value: z.number().describe("of a summary the mean"),
  unit: z.string().describe("UCUM"),
  quality: z.enum(QUALITIES),
  kind: z.enum(["sample", "summary"]),
  n: z.int().describe("readings it stands for"),
  min: z.number(),
  max: z.number(),
  late: z.boolean().describe("received more than 10 minutes after its quarter hour had ended"),
});

export type ReadingRow = z.infer<typeof readingRow>;

/** A stored reading without the words. */
export interface StoredReading {
  readonly at: number;
  readonly value: number;
  readonly quality: number;
  readonly kind: ReadingRow["kind"];
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly late: boolean;
}

export function sampleAt({ at, value, quality, late }: HourSamples, index: number): StoredReading {
  const number = value[index] as number;
  const [instant, grade, lateness] = [at[index], quality[index], late[index]] as [number, number, number];
  return { at: instant, value: number, quality: grade, kind: "sample", n: 1, min: number, max: number, late: lateness === 1 };
}

export function summaryAt(summaries: HourSummaries, index: number): StoredReading {
  const of = (name: keyof HourSummaries) => summaries[name][index] as number;
  const shared = { at: of("at"), quality: of("quality"), late: of("late") === 1, kind: "summary" as const };
  return { ...shared, value: of("sum") / of("n"), n: of("n"), min: of("min"), max: of("max") };
}

export function rowOf({ id, version, spec }: SeriesInfo, { at, value, quality, kind, n, min, max, late }: StoredReading): ReadingRow {
  const when = isoInstant(epochMicros(at));
  return { series: id, version, at: when, value, unit: spec.unit, quality: QUALITIES[quality] ?? "bad", kind, n, min, max, late };
}
