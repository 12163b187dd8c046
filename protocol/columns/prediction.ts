/**
 * prediction: what the next integer of a column should be, so that only the difference has to be written.
 *
 *   0 none          the first integer
 *   1 delta         the integer before
 *   2 double delta  the integer before and the same step again
 *   3 line          a straight line from the first: a regular grid, each instant with a jitter of its own
 */
import { bitWidth } from "./bits.ts";

const NONE = 0;
const DELTA = 1;
export const DOUBLE_DELTA = 2;
const LINE = 3;

export interface Prediction {
  readonly kind: number;
  /** First step of a double delta, slope of a line, else 0. */
  readonly slope: number;
  /** What the residuals will take in bits, roughly. */
  readonly bits: number;
}

/** A bolder prediction must leave less than this of a simpler one: of noise, chance says which is best. */
const CLEARLY = 0.98;

/** The prediction that leaves least; of few integers, and of a column of one, a simple one. */
export function predict(integers: Float64Array): Prediction {
  const count = integers.length;
  if (count < 2) return { kind: NONE, slope: 0, bits: 0 };
  const first = integers[0] as number;
  const slopes = [0, 0, (integers[1] as number) - first, Math.round(((integers[count - 1] as number) - first) / (count - 1))];
  const bits = spreads(integers, slopes[LINE] as number);
  let best = NONE;
  for (let kind = DELTA; kind <= (count < 4 ? DELTA : LINE); kind++)
    if ((bits[kind] as number) < CLEARLY * (bits[best] as number)) best = kind;
  return { kind: best, slope: slopes[best] as number, bits: bits[best] as number };
}

/** Actual minus predicted of all integers but the first. */
export function residualsOf(integers: Float64Array, { kind, slope }: Prediction): Float64Array {
  const residuals = new Float64Array(Math.max(0, integers.length - 1));
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

/** For each kind the sum of the bit lengths of its residuals around their middle. */
function spreads(integers: Float64Array, slope: number): readonly number[] {
  const first = integers[0] as number;
  const middles = Float64Array.from([NONE, DELTA, DOUBLE_DELTA, LINE], (kind) => middleOfKind(integers, kind, slope));
  const [none, delta, double, line] = middles as unknown as [number, number, number, number];
  let bits0 = 0;
  let bits1 = 0;
  let bits2 = 0;
  let bits3 = 0;
  const stride = Math.ceil(integers.length / ENOUGH);
  for (let i = 1; i < integers.length; i += stride) {
    const value = integers[i] as number;
    const before = integers[i - 1] as number;
    const change = value - before;
    bits0 += bitWidth(2 * Math.abs(value - first - none));
    bits1 += bitWidth(2 * Math.abs(change - delta));
    bits2 += i === 1 ? 0 : bitWidth(2 * Math.abs(change - before + (integers[i - 2] as number) - double));
    bits3 += bitWidth(2 * Math.abs(value - first - slope * i - line));
  }
  return [bits0 * stride, bits1 * stride, bits2 * stride, bits3 * stride];
}

/** The middle residual of a few, without computing all. */
function middleOfKind(integers: Float64Array, kind: number, slope: number): number {
  const count = Math.min(SAMPLES, integers.length - 1);
  const sample = new Float64Array(count);
  for (let place = 0; place < count; place++) {
    const i = 1 + Math.floor((place * (integers.length - 1)) / count);
    const value = integers[i] as number;
    const before = integers[i - 1] as number;
    if (kind === NONE) sample[place] = value - (integers[0] as number);
    else if (kind === DELTA) sample[place] = value - before;
    else if (kind === LINE) sample[place] = value - (integers[0] as number) - slope * i;
    else sample[place] = i === 1 ? 0 : value - 2 * before + (integers[i - 2] as number);
  }
  return median(sample);
}

const SAMPLES = 15;
/** So many residuals say which prediction is best. */
const ENOUGH = 128;

/** The median of a sample spread evenly over the numbers: near enough, and cheap. */
export function middleOf(numbers: Float64Array): number {
  const count = Math.min(SAMPLES, numbers.length);
  const sample = new Float64Array(count);
  for (let i = 0; i < count; i++) sample[i] = numbers[Math.floor((i * numbers.length) / count)] as number;
  return median(sample);
}

/** Sorts by insertion: for fifteen numbers the call of a library's sort costs more than the work. */
function median(sample: Float64Array): number {
  for (let i = 1; i < sample.length; i++) {
    const value = sample[i] as number;
    let place = i;
    for (; place > 0 && (sample[place - 1] as number) > value; place--) sample[place] = sample[place - 1] as number;
    sample[place] = value;
  }
  return sample[sample.length >> 1] ?? 0;
}
