/**
 * load-calendar: the calendar where it is needed, and its memory only there.
 */
export function loadCalendar(): Promise<typeof import("./calendar.ts")> {
  return import("./calendar.ts");
}
