/**
 * schedule-words: a cron line as a person would say it, and its next times.
 */
import { type CronLine, type EpochMicros, loadCalendar } from "../../protocol/index.ts";

export interface ScheduleWords {
  readonly cron: string;
  readonly time_zone: string;
  readonly words: string;
  /** On the clocks of that zone, with offset. */
  readonly next: readonly string[];
}

const SHOWN = 5;

export async function scheduleWords(cron: CronLine, now: EpochMicros): Promise<ScheduleWords> {
  const { localSecond } = await loadCalendar();
  const { toString: words } = (await import("cronstrue")).default;
  const next: string[] = [];
  for (let at = cron.next(now); at !== undefined && next.length < SHOWN; at = cron.next(at)) next.push(localSecond(cron.zone, at));
  return { cron: cron.line, time_zone: cron.zone, words: words(cron.line, { use24HourTimeFormat: true }), next };
}

/** `Every 15 minutes in Europe/Berlin`, and below it the next times without their seconds. */
export function scheduleLines({ words, time_zone, next }: ScheduleWords): readonly [what: string, times: string] {
  const times = next.map((time) => time.replace("T", " ").replace(/:00(?=[+-])/, " "));
  return [`${lowerFirst(words)} in ${time_zone}`, times.length === 0 ? "never in the next eight years" : `next ${times.join(", ")}`];
}

/** `22:00-05:00 in Europe/Berlin, open now until ...` */
export async function windowWords(
  window: { readonly text: string; readonly zone: string; isOpen(at: EpochMicros): boolean },
  now: EpochMicros,
): Promise<string> {
  const { localSecond } = await loadCalendar();
  const clock = localSecond(window.zone, now).slice(11, 16);
  return `${window.text} in ${window.zone}, where it is ${clock} now: ${window.isOpen(now) ? "open" : "closed"}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
