/**
 * scales: doubles that are whole numbers in disguise, found out and said so exactly.
 *
 *   1 divided     n / 10^k            what parsing a decimal gives
 *   2 multiplied  n x 10^-k           what a driver gives that multiplies a register by 0.1 or 0.01
 *   3 single      n / 10^k rounded to a single-precision float, as from a float register
 *
 * A scale says a value only where it comes back bit for bit: -0, infinities and larger integers do not.
 */
const DIVIDED = 1;
const MULTIPLIED = 2;
const SINGLE = 3;

export interface Scale {
  readonly kind: number;
  /** k, from 0 to 15. */
  readonly exponent: number;
}

export const LARGEST_EXPONENT = 15;
const LARGEST_INTEGER = 2 ** 51;
const POWERS = Float64Array.from({ length: LARGEST_EXPONENT + 1 }, (_, exponent) => 10 ** exponent);
const FRACTIONS = POWERS.map((power) => 1 / power);
const SAMPLES = 24;
/** No sensor has more decimals; where it takes more, a few odd values may be to blame. */
const USUAL_EXPONENT = 7;

/** A way to write a column: `exceptions` of its values, at most, are not said by the scale. */
export interface Scaled {
  readonly scale: Scale;
  /** Where the scale does not say a value, the integer before it. */
  readonly integers: Float64Array;
  readonly exceptions: readonly number[];
}

/** The scale that says most values of the column with the fewest decimals; undefined where none says three in four. */
export function scaleOf(values: Float64Array): Scaled | undefined {
  const divided = sayAll(values);
  if (divided !== undefined) return divided;
  const found = [DIVIDED, MULTIPLIED, SINGLE].map((kind) => commonScale(values, kind));
  const best = found.reduce((most, one) => (one.said > most.said ? one : most));
  if (best.said * 4 < sampleSize(values) * 3) return undefined;
  return applyScale(values, best.scale);
}

/** What a column is where every value is said by `divided` with this exponent and some are not. */
function applyScale(values: Float64Array, scale: Scale): Scaled {
  const integers = new Float64Array(values.length);
  const exceptions: number[] = [];
  let before = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const integer = integerOf(value, scale);
    if (says(integer, value, scale)) before = integer;
    else exceptions.push(i);
    integers[i] = before;
  }
  return { scale, integers, exceptions };
}

/** Turns integers into the values they stand for, in place. */
export function unscale(integers: Float64Array, { kind, exponent }: Scale): void {
  const power = POWERS[exponent] as number;
  const fraction = FRACTIONS[exponent] as number;
  if (kind === MULTIPLIED) for (let i = 0; i < integers.length; i++) integers[i] = (integers[i] as number) * fraction;
  else if (kind === SINGLE) for (let i = 0; i < integers.length; i++) integers[i] = Math.fround((integers[i] as number) / power);
  else if (exponent > 0) for (let i = 0; i < integers.length; i++) integers[i] = (integers[i] as number) / power;
}

function integerOf(value: number, { exponent }: Scale): number {
  return Math.round(value * (POWERS[exponent] as number)) + 0; // -0 becomes 0, so a value of -0 is not said
}

function says(integer: number, value: number, { kind, exponent }: Scale): boolean {
  if (!(Math.abs(integer) < LARGEST_INTEGER)) return false;
  if (kind === MULTIPLIED) return Object.is(integer * (FRACTIONS[exponent] as number), value);
  const quotient = integer / (POWERS[exponent] as number);
  return Object.is(kind === SINGLE ? Math.fround(quotient) : quotient, value);
}

/** `divided` with the fewest decimals, where it says every value with a usual number of them. */
function sayAll(values: Float64Array): Scaled | undefined {
  const integers = new Float64Array(values.length);
  let exponent = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const integer = Math.round(value * (POWERS[exponent] as number));
    if (integer / (POWERS[exponent] as number) === value && Math.abs(integer) < LARGEST_INTEGER) {
      if (integer === 0 && Object.is(value, -0)) return undefined;
      integers[i] = integer;
      continue;
    }
    exponent += 1;
    if (exponent > USUAL_EXPONENT) return undefined;
    i = -1; // once more from the beginning, with one decimal more
  }
  return { scale: { kind: DIVIDED, exponent }, integers, exceptions: [] };
}

/** Of one kind, the exponent that says most of a sample; of equals the smallest. */
function commonScale(values: Float64Array, kind: number): { readonly scale: Scale; readonly said: number } {
  let best = { scale: { kind, exponent: 0 }, said: -1 };
  for (let exponent = 0; exponent <= LARGEST_EXPONENT; exponent++) {
    const scale = { kind, exponent };
    let said = 0;
    for (let i = 0; i < sampleSize(values); i++) {
      const value = values[Math.floor((i * values.length) / sampleSize(values))] as number;
      if (says(integerOf(value, scale), value, scale)) said += 1;
    }
    if (said > best.said) best = { scale, said };
  }
  return best;
}

function sampleSize(values: Float64Array): number {
  return Math.min(SAMPLES, values.length);
}
