/**
 * compensated-sum: a sum that does not lose what rounding drops (Neumaier 1974).
 *
 * The same numbers in the same order give the same sum to the bit, and its error does not grow with their count.
 * Where finite numbers add up to more than a double holds, the sum stays at the largest one: it is never an
 * infinity or NaN, which no store would take.
 */
export interface CompensatedSum {
  sum: number;
  /** What rounding has dropped from `sum` so far. */
  lost: number;
}

export function emptySum(): CompensatedSum {
  return { sum: 0, lost: 0 };
}

export function addTo(total: CompensatedSum, value: number): void {
  const sum = total.sum + value;
  total.lost += Math.abs(total.sum) >= Math.abs(value) ? total.sum - sum + value : value - sum + total.sum;
  total.sum = sum;
}

export function resultOf({ sum, lost }: CompensatedSum): number {
  return Number.isFinite(sum) ? bounded(sum + lost) : bounded(sum);
}

/** The nearest finite number. */
export function bounded(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}
