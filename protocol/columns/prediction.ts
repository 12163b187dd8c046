/**
 * prediction: what the next integer of a column should be, so that only the difference has to be written.
 *
 *   0 none          the first integer
 *   1 delta         the integer before
 *   2 double delta  the integer before and the same step again
 *   3 line          a straight line from the first: a regular grid, each instant with a jitter of its own
 */
import { bitWidth } from "./bits.ts";

export const NONE = 0;
export const DELTA = 1;
export const DOUBLE_DELTA = 2;
export const LINE = 3;

export interface Prediction {
  readonly kind: number;
  /** First step of a double delta, slope of a line, else 0. */
  readonly slope: number;
  /** Actual minus predicted for all integers but the first. */
  readonly residuals: Float64Array;
}

/** The two predictions that come closest, the closest first. */
export function predict(integers: Float64Array): readonly Prediction[] {
  const count = integers.length;
  const first = (integers[1] as number) - (integers[0] as number);
  const slope = Math.round(((integers[count - 1] as number) - (integers[0] as number)) / (count - 1));
  const kinds = count < 4 ? [NONE, DELTA] : [NONE, DELTA, DOUBLE_DELTA, LINE];
  return kinds
    .map(
      (kind): Prediction => ({
        kind,
        slope: kind === LINE ? slope : kind === DOUBLE_DELTA ? first : 0,
        residuals: new Float64Array(count - 1),
      }),
    )
    .map((prediction) => ({ prediction, spread: spreadOf(subtract(integers, prediction)) }))
    .sort((a, b) => a.spread - b.spread)
    .slice(0, 2)
    .map(({ prediction }) => prediction);
}

/** Turns residuals at index 1 and above into the integers themselves, in place. */
export function integrate(integers: Float64Array, kind: number, slope: number): void {
  let value = integers[0] as number;
  if (kind === NONE) for (let i = 1; i < integers.length; i++) integers[i] = (integers[i] as number) + value;
  else if (kind === LINE) for (let i = 1; i < integers.length; i++) integers[i] = (integers[i] as number) + (value + slope * i);
  else {
    let step = slope;
    for (let i = 1; i < integers.length; i++) {
      if (kind === DELTA) step = integers[i] as number;
      else step += integers[i] as number;
      value += step;
      integers[i] = value;
    }
  }
}

function subtract(integers: Float64Array, { kind, slope, residuals }: Prediction): Float64Array {
  const first = integers[0] as number;
  let before = first;
  let step = slope;
  for (let i = 1; i < integers.length; i++) {
    const value = integers[i] as number;
    const change = value - before;
    before = value;
    if (kind === NONE) residuals[i - 1] = value - first;
    else if (kind === DELTA) residuals[i - 1] = change;
    else if (kind === LINE) residuals[i - 1] = value - first - slope * i;
    else {
      residuals[i - 1] = change - step;
      step = change;
    }
  }
  return residuals;
}

/** Sum of the bit lengths around the middle: what the residuals will take, roughly. */
function spreadOf(residuals: Float64Array): number {
  const middle = middleOf(residuals);
  let bits = 0;
  for (const residual of residuals) bits += bitWidth(2 * Math.abs(residual - middle));
  return bits;
}

const SAMPLES = 31;

/** The median of a sample spread evenly over the numbers: near enough, and cheap. */
export function middleOf(numbers: Float64Array): number {
  const count = Math.min(SAMPLES, numbers.length);
  const sample = new Float64Array(count);
  for (let i = 0; i < count; i++) sample[i] = numbers[Math.floor((i * numbers.length) / count)] as number;
  return sample.sort()[count >> 1] ?? 0;
}
