/**
 * instant: instants as text and as numbers. Reads no clock.
 */

/** Milliseconds since the Unix epoch of an ISO instant. */
export function msOf(iso: string): number {
  return Date.parse(iso);
}

/** For the chart, which takes instants as Date. */
export function dateAt(ms: number): Date {
  return new Date(ms);
}

export function isoOf(ms: number): string {
  return dateAt(ms).toISOString();
}
