/**
 * conversion: a value in one unit as a value in another of the same quantity.
 *
 * A result is rounded to twelve digits of what went into it: 25 degrees Celsius are 77 degrees Fahrenheit, not
 * 77.00000000000006, and numbers with few decimals stay cheap to send. No sensor tells the thirteenth digit.
 */
import { scaleOf } from "./ucum.ts";

const DIGITS = 12;

/** @returns undefined where the two are not of one quantity, or a unit is not known. The same code is always the same. */
export function conversion(from: string, to: string): ((value: number) => number) | undefined {
  if (from === to) return (value) => value;
  const [source, target] = [scaleOf(from), scaleOf(to)];
  if (source === undefined || target === undefined || source.dimension !== target.dimension) return undefined;
  const factor = rounded(source.factor / target.factor);
  const offset = rounded((source.zero - target.zero) / target.factor);
  return (value) => roundedSum(value * factor, offset);
}

export function isKnownUnit(code: string): boolean {
  return scaleOf(code) !== undefined;
}

/** One value has the same number in both, as `%` and `%RH`. */
export function isSameScale(a: string, b: string): boolean {
  const convert = conversion(a, b);
  return convert !== undefined && convert(0) === 0 && convert(1) === 1;
}

/** Without the last binary digits, so that 9/5 is 1.8. */
function rounded(value: number): number {
  return Number(value.toPrecision(15));
}

function roundedSum(a: number, b: number): number {
  const sum = a + b;
  const largest = Math.max(Math.abs(a), Math.abs(b));
  if (largest === 0 || !Number.isFinite(sum)) return sum + 0;
  const places = DIGITS - 1 - Math.floor(Math.log10(largest));
  return (places < 0 || places > 100 ? Number(sum.toPrecision(DIGITS)) : Number(sum.toFixed(places))) + 0;
}
