/**
 * daily-window: a part of every day by the clocks of a zone, over midnight where its end lies before its start.
 *
 * It is told from what a clock shows, so where clocks are moved it is open for as long as they show one of its times.
 */
import { type EpochMicros, epochMicros, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "../time.ts";
import { regimesOf } from "./zone.ts";

export interface DailyWindow {
  /** As written: `22:00-05:00`. */
  readonly text: string;
  readonly zone: string;
  isOpen(at: EpochMicros): boolean;
  /** The first instant behind `at` at which it may open or close. */
  nextChange(at: EpochMicros): EpochMicros;
}

const FORM = /^([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)$/;

/** undefined where the text is no window like `22:00-05:00`; its end is not part of it. */
export function dailyWindow(text: string, zone: string): DailyWindow | undefined {
  const [, fromHour, fromMinute, toHour, toMinute] = FORM.exec(text.trim()) ?? [];
  const from = Number(fromHour) * MICROS_PER_HOUR + Number(fromMinute) * MICROS_PER_MINUTE;
  const to = Number(toHour) * MICROS_PER_HOUR + Number(toMinute) * MICROS_PER_MINUTE;
  if (Number.isNaN(from + to) || from === to) return undefined;
  return {
    text: text.trim(),
    zone,
    isOpen(at) {
      const { time } = shownAt(zone, at);
      return from < to ? time >= from && time < to : time >= from || time < to;
    },
    nextChange(at) {
      const { time, until } = shownAt(zone, at);
      const distances = [from, to].map((edge) => (edge - time + MICROS_PER_DAY) % MICROS_PER_DAY || MICROS_PER_DAY);
      return epochMicros(Math.min(at + Math.min(...distances), until));
    },
  };
}

/** What a clock of the zone shows, since its midnight, and until when it is not moved (a day ahead at most). */
function shownAt(zone: string, at: EpochMicros): { readonly time: number; readonly until: number } {
  const [{ offset, to } = { offset: 0, to: at + MICROS_PER_DAY }] = regimesOf(zone, at, epochMicros(at + MICROS_PER_DAY));
  return { time: (((at + offset) % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY, until: to };
}
