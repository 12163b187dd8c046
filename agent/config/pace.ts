/**
 * pace: when a sensor is read: `every` as a distance (`10s`) or as a cron line (`0 6,18 * * *`), and its `offset`.
 *
 * A cron line becomes instants only with the time zone of the whole file, so here it stays a line; its nominal
 * period is that of an unmoved clock, and known without one.
 */
import { z } from "zod";
import {
  type CronLine,
  duration,
  loadCalendar,
  MICROS_PER_MINUTE,
  MICROS_PER_MS,
  type Micros,
  micros,
  type Problem,
  showDuration,
} from "../../protocol/index.ts";
import type { SensorDraft } from "./derived.ts";

export interface WrittenPace {
  /** Distance of two reads; of a cron line the nominal one. */
  readonly every: Micros;
  readonly cron?: string;
}

/** A sensor before the zone of the file is known. */
export type WrittenSensor = Omit<SensorDraft, "cron"> & { readonly cron?: string };

const DISTANCE = duration({ least: micros(MICROS_PER_MS) });

/** Three words or more, or a nickname: nobody writes a duration so. */
const LIKE_CRON = /^\s*(@|\S+\s+\S+\s+\S)/;

export function pace() {
  return z.unknown().transform(async (written, context): Promise<WrittenPace> => {
    const refuse = (message: string) => context.addIssue({ code: "custom", message });
    if (typeof written === "string" && LIKE_CRON.test(written)) {
      const { cronProblem, nominalPeriod } = await loadCalendar();
      const problem = cronProblem(written);
      if (problem === undefined) return { every: nominalPeriod(written), cron: written.trim() };
      refuse(problem);
    } else {
      const read = DISTANCE.safeParse(written);
      if (read.success) return { every: read.data };
      for (const { message } of read.error.issues) refuse(message);
    }
    return z.NEVER;
  });
}

/** `0s` is on the grid itself. */
export function offset() {
  return z.union([z.literal("0s").transform(() => micros(0)), duration()], "expected a duration like 0s or 250ms");
}

/** What does not go together with how the driver is read. */
export function paceProblems(
  driver: string,
  shape: "polled" | "stream",
  { every, cron }: Partial<WrittenPace>,
  offset: Micros | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  if (shape === "polled" && every === undefined) {
    const message = `expected a duration like 10s, or a cron line like "*/15 * * * *": how often ${driver} is read`;
    problems.push({ path: ["every"], message });
  }
  if (shape === "stream" && cron !== undefined) {
    problems.push({ path: ["every"], message: `expected no cron line: ${driver} gives its readings when they come` });
  }
  if (offset === undefined) return problems;
  if (shape === "stream") problems.push({ path: ["offset"], message: `expected no offset: ${driver} gives its readings when they come` });
  const longest = cron === undefined ? every : micros(MICROS_PER_MINUTE);
  if (shape === "polled" && longest !== undefined && offset >= longest) {
    const what = cron === undefined ? "every" : "a minute of the cron line";
    problems.push({ path: ["offset"], message: `expected an offset shorter than ${what} (${showDuration(longest)})` });
  }
  return problems;
}

/** The sensors of a file with the instants of their cron lines. */
export async function withTimes(sensors: readonly WrittenSensor[], zone: () => string): Promise<readonly SensorDraft[]> {
  const calendar = sensors.some(({ cron }) => cron !== undefined) ? await loadCalendar() : undefined;
  const times = (line: string | undefined): { readonly cron?: CronLine } =>
    calendar === undefined || line === undefined ? {} : { cron: calendar.cronLine(line, zone()) };
  return sensors.map(({ cron, ...sensor }) => ({ ...sensor, ...times(cron) }));
}
