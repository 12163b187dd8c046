/**
 * step: finds the step of a converter behind integers that were rounded after it, as 10/7 lx in hundredths: 13714,
 * 13857, 14000, 14143 are round(j x 1000 / 7) for j = 96 to 99.
 */

/** round(j x p / q) for whole j. */
export interface Step {
  readonly p: number;
  readonly q: number;
}

/** With smaller steps, rounding leaves nothing to be sure of. */
const SMALLEST = 4;
const LARGEST_Q = 64;

/** The simplest step that says every one of these integers exactly, or undefined. They are different and rise. */
export function findStep(integers: Float64Array): Step | undefined {
  if (integers.length < 3) return undefined;
  const bounds = boundsOf(integers);
  if (bounds === undefined) return undefined;
  for (let q = 1; q <= LARGEST_Q; q++) {
    const p = Math.ceil(bounds.low * q);
    if (p <= bounds.high * q && saysAll(integers, p, q)) return { p, q };
  }
  return undefined;
}

/** Between which bounds the step must lie, from the distances to the first integer and then from the integers. */
function boundsOf(integers: Float64Array): { readonly low: number; readonly high: number } | undefined {
  const first = integers[0] as number;
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < integers.length; i++) smallest = Math.min(smallest, (integers[i] as number) - (integers[i - 1] as number));
  if (smallest < SMALLEST) return undefined;
  let low = smallest - 1;
  let high = smallest + 1;
  const narrow = (distance: number, rounding: number) => {
    const steps = Math.round((2 * distance) / (low + high));
    if (steps === 0) return;
    low = Math.max(low, (distance - rounding) / steps);
    high = Math.min(high, (distance + rounding) / steps);
  };
  for (let i = 1; i < integers.length && low <= high; i++) narrow((integers[i] as number) - first, 1);
  for (let i = 0; i < integers.length && low <= high; i++) narrow(Math.abs(integers[i] as number), 0.5);
  return low <= high ? { low, high } : undefined;
}

function saysAll(integers: Float64Array, p: number, q: number): boolean {
  return integers.every((integer) => Math.round((Math.round((integer * q) / p) * p) / q) === integer);
}
