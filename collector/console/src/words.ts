/**
 * words: numbers, spans and instants as they are read.
 */

/** Two decimals, fewer for large numbers and three digits for small ones, as in the report on a terminal. */
export function shownNumber(value: number | null): string {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size !== 0 && size < 0.01) return value.toPrecision(3);
  if (size >= 1e15) return value.toExponential(3);
  return value.toFixed(size >= 1e5 ? 0 : 2);
}

export function shownCount(value: number): string {
  return value.toLocaleString("en").replaceAll(",", "\u202f");
}

/** `23.50 °C` */
export function withUnit(value: number | null, unit: string): string {
  return unit === "" || value === null ? shownNumber(value) : `${shownNumber(value)}\u00a0${unit}`;
}

/** `12 s ago`, in the largest unit that has passed at least twice. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds}\u00a0s ago`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}\u00a0min ago`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}\u00a0h ago`;
  return `${Math.floor(seconds / 86_400)}\u00a0days ago`;
}

/** `every 10 s` of a sampling period. */
export function pace(seconds: number): string {
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}

/** `1 agent`, `2 agents`; `things` where the plural has no plain s. */
export function counted(count: number, thing: string, things = `${thing}s`): string {
  return `${shownCount(count)} ${count === 1 ? thing : things}`;
}
