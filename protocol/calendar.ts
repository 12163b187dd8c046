/**
 * calendar: time zones, cron lines and daily windows. A door of its own beside `index.ts`: the libraries behind it take
 * 15 MB of memory, which an agent pays only where its config names a time of day (`loadCalendar`).
 */
export { CRON_EXPECTED, type CronLine, cronLine, cronProblem, nominalPeriod } from "./calendar/cron.ts";
export { type DailyWindow, dailyWindow } from "./calendar/daily-window.ts";
export { type CalendarUnit, firstDay, LONGEST_DAY, type LocalDay, localDay, localSecond, regimesOf } from "./calendar/zone.ts";
