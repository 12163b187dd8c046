/**
 * send: when batches are sealed and when they leave: `send: { every: 60s }`, `{ cron: ... }`, `{ between: ... }`.
 */
import { z } from "zod";
import {
  duration,
  LIMITS,
  loadCalendar,
  MICROS_PER_MINUTE,
  MICROS_PER_MS,
  type Micros,
  micros,
  type Problem,
  timeZone,
} from "../../protocol/index.ts";
import type { SendConfig } from "./config.ts";

const BETWEEN = 'expected hours of the day like "22:00-05:00"';
const USUAL: Micros = micros(MICROS_PER_MINUTE);

export const SEND = z.strictObject({
  every: duration({ least: micros(MICROS_PER_MS) }).optional(),
  /** At these times, instead of every so often. */
  cron: z.string('expected a cron line like "*/15 * * * *"').optional(),
  /** Nothing but what is urgent leaves outside these hours. */
  between: z.string(BETWEEN).optional(),
  /** Whose clocks `cron` and `between` mean; without it the time zone of the file. */
  time_zone: timeZone().optional(),
  max_readings: z.int().min(1).max(LIMITS.readingsPerBatch).default(2_000),
});

/** Paths of problems are from `send`. */
export async function readSend(
  { every, cron, between, time_zone, max_readings }: z.output<typeof SEND>,
  zoneOfFile: () => string,
): Promise<SendConfig & { readonly problems: readonly Problem[] }> {
  const usual = { every: every ?? USUAL, maxReadings: max_readings };
  const problems: Problem[] = [];
  if (cron === undefined && between === undefined) {
    if (time_zone !== undefined) problems.push({ path: ["time_zone"], message: "expected no time zone without cron or between" });
    return { ...usual, problems };
  }
  const { cronLine, cronProblem, dailyWindow, nominalPeriod } = await loadCalendar();
  const zone = time_zone ?? zoneOfFile();
  const wrong = cron === undefined ? undefined : cronProblem(cron);
  const window = between === undefined ? undefined : dailyWindow(between, zone);
  if (wrong !== undefined) problems.push({ path: ["cron"], message: wrong });
  if (cron !== undefined && every !== undefined) problems.push({ path: ["cron"], message: "expected either every or cron" });
  if (between !== undefined && window === undefined) problems.push({ path: ["between"], message: BETWEEN });
  const times = cron === undefined || wrong !== undefined ? {} : { cron: cronLine(cron, zone), every: nominalPeriod(cron) };
  return { ...usual, ...times, ...(window !== undefined && { between: window }), problems };
}
