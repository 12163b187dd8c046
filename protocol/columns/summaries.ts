/**
 * summaries: the nine columns of a summary frame, each guessed from those before it. SPEC.md section "Summaries".
 *
 *   n, first            as they are
 *   last                guess: the first of the next summary, of the last one its own first
 *   min, max            guess: the smaller and the larger of first and last
 *   sum                 guess: n x (min + max) / 2
 *   last_at - at        as it is
 *   covered             as it is
 *   weighted sum        guess: sum x covered / n, which it is where every sample was held as long as the others
 */
import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { SummaryColumns } from "../frame.ts";
import { readNear, writeNear } from "./near.ts";
import { readNumbers, writeNumbers } from "./numbers.ts";

export function writeSummaryColumns(out: ByteWriter, columns: SummaryColumns): void {
  const { at, n, first, last, min, max, sum, lastAt, covered, weightedSum } = columns;
  writeNumbers(out, n);
  writeNumbers(out, first);
  writeNear(out, last, guessLast(first));
  writeNear(out, min, smaller(first, last));
  writeNear(out, max, larger(first, last));
  writeNear(out, sum, guessSum(n, min, max));
  writeNumbers(
    out,
    lastAt.map((instant, i) => instant - (at[i] as number)),
  );
  writeNumbers(out, covered);
  writeNear(out, weightedSum, guessWeightedSum(n, sum, covered));
}

/** @throws Fault `malformed`. */
export function readSummaryColumns(input: ByteReader, at: Float64Array): SummaryColumns {
  const count = at.length;
  const n = readNumbers(input, count);
  const first = readNumbers(input, count);
  const last = readNear(input, guessLast(first));
  const min = readNear(input, smaller(first, last));
  const max = readNear(input, larger(first, last));
  const sum = readNear(input, guessSum(n, min, max));
  const lastAt = readNumbers(input, count).map((lasting, i) => (at[i] as number) + lasting);
  const covered = readNumbers(input, count);
  const weightedSum = readNear(input, guessWeightedSum(n, sum, covered));
  return { at, n, min, max, sum, first, last, lastAt, covered, weightedSum };
}

function guessLast(first: Float64Array): Float64Array {
  return first.map((value, i) => first[i + 1] ?? value);
}

function smaller(first: Float64Array, last: Float64Array): Float64Array {
  return first.map((value, i) => Math.min(value, last[i] as number));
}

function larger(first: Float64Array, last: Float64Array): Float64Array {
  return first.map((value, i) => Math.max(value, last[i] as number));
}

function guessSum(n: Float64Array, min: Float64Array, max: Float64Array): Float64Array {
  return n.map((count, i) => (count * ((min[i] as number) + (max[i] as number))) / 2);
}

function guessWeightedSum(n: Float64Array, sum: Float64Array, covered: Float64Array): Float64Array {
  return n.map((count, i) => ((sum[i] as number) * (covered[i] as number)) / count);
}
