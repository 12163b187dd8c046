/**
 * floats: bits a value on the series of the float compression papers, our value column alone in blocks of 1,024 beside
 * Gorilla on the same values, and beside what the papers published for the full series.
 */
import { encodeFrame } from "../../protocol/index.ts";
import type { FloatSeries } from "./data-sets/float-compression.ts";
import { gorillaBitsPerValue } from "./gorilla.ts";

const BLOCK = 1_024;

export interface FloatRow {
  readonly dataset: string;
  readonly series: string;
  readonly values: number;
  readonly bits_per_value: number;
  readonly gorilla_bits_per_value: number;
  readonly published_bits_per_value: Readonly<Record<string, number>>;
}

export function measureFloats({ name, values, published }: FloatSeries): FloatRow {
  let bytes = 0;
  for (let from = 0; from < values.length; from += BLOCK) bytes += columnBytes(values.slice(from, from + BLOCK));
  return {
    dataset: "float_compression",
    series: name,
    values: values.length,
    bits_per_value: (bytes * 8) / values.length,
    gorilla_bits_per_value: gorillaBitsPerValue(values, BLOCK),
    published_bits_per_value: published,
  };
}

/** A frame of these values less the same frame of zeros, whose value column takes `ZEROS` bytes. */
function columnBytes(values: Float64Array): number {
  const frame = (column: Float64Array) =>
    encodeFrame({
      form: "samples",
      at: column.map((_, i) => i),
      columns: [{ series: 0, present: undefined, values: column, quality: undefined }],
    });
  return frame(values).length - frame(new Float64Array(values.length)).length + ZEROS;
}

/** Form, header and first integer of a column of zeros. */
const ZEROS = 3;
