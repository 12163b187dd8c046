/**
 * reference: hampel, median, deadband and aggregate once more, written from their descriptions in the plainest way: each
 * looks at the whole list and keeps no state. They share no code with the filters.
 */

export interface Point {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
}

/** What becomes of each point: its value, `marked` where it is suspect then, or undefined where it is dropped. */
export type Fate = { readonly value: number; readonly marked: boolean } | undefined;

function middle(values: readonly number[]): number {
  const list = [...values].sort((a, b) => a - b);
  const half = Math.floor(list.length / 2);
  return list.length % 2 === 1 ? Number(list[half]) : (Number(list[half - 1]) + Number(list[half])) / 2;
}

export function referenceMedian(points: readonly Point[], window: number): readonly Fate[] {
  return points.map((_, i) => ({ value: middle(points.slice(Math.max(0, i - window + 1), i + 1).map((p) => p.value)), marked: false }));
}

export function referenceHampel(points: readonly Point[], window: number, sigmas: number, floor: number): readonly Fate[] {
  return points.map(({ value }, i) => {
    if (i < window - 1) return { value, marked: false };
    const around = points.slice(i - window + 1, i + 1).map((p) => p.value);
    const m = middle(around);
    const s = Math.max(floor, 1.4826 * middle(around.map((x) => Math.abs(x - m))));
    return { value, marked: s > 0 && Math.abs(value - m) > sigmas * s };
  });
}

/** Looks for the last kept point anew each time. */
export function referenceDeadband(points: readonly Point[], width: number, heartbeat: number): readonly Fate[] {
  const fates: Fate[] = [];
  for (const [i, { at, value }] of points.entries()) {
    let j = i - 1;
    while (j >= 0 && fates[j] === undefined) j -= 1;
    const last = points[j];
    const keeps = last === undefined || Math.abs(value - last.value) > width || at < last.at || at - last.at >= heartbeat;
    fates.push(keeps ? { value, marked: false } : undefined);
  }
  return fates;
}

export interface WindowFigures {
  readonly window: number;
  readonly n: number;
  readonly min: number;
  readonly max: number;
  /** Exact, in units of 10^-decimals. */
  readonly sum: bigint;
  readonly first: number;
  readonly last: number;
}

/** Of points in the order of time. Values are decimals as they were written; their sum is one of whole numbers. */
export function referenceWindows(
  points: readonly (Point & { readonly text: string })[],
  width: number,
  decimals: number,
): readonly WindowFigures[] {
  const byWindow = Object.groupBy(points, ({ at }) => String(Math.floor(at / width)));
  return Object.entries(byWindow)
    .map(([window, list = []]) => {
      const values = list.map((p) => p.value);
      return {
        window: Number(window),
        n: list.length,
        min: values.reduce((a, b) => Math.min(a, b)),
        max: values.reduce((a, b) => Math.max(a, b)),
        sum: list.map((p) => whole(p.text, decimals)).reduce((a, b) => a + b),
        first: Number(values[0]),
        last: Number(values[values.length - 1]),
      };
    })
    .sort((a, b) => a.window - b.window);
}

function whole(text: string, decimals: number): bigint {
  const [digits = "", part = ""] = text.split(".");
  if (part.length > decimals) throw new Error(`${text} has more than ${decimals} decimals`);
  return BigInt(digits + part.padEnd(decimals, "0"));
}
