/**
 * run-period: which time a run of a scheduled report is about: the last one that was over when it was due.
 */
import { regimesOf } from "../../protocol/calendar.ts";
import { bug, type EpochMicros, epochMicros, isoInstant, MICROS_PER_DAY, MICROS_PER_HOUR } from "../../protocol/index.ts";
import type { ReportJob } from "../config/config.ts";
import { type PeriodKind, periodsOf } from "../report/periods.ts";
import { localLabel } from "../report/zone.ts";
import type { Span } from "../stores/contract.ts";

/** Back from any instant, at least one whole period lies inside. */
const REACH: Readonly<Record<PeriodKind, number>> = {
  hour: 4 * MICROS_PER_HOUR,
  day: 4 * MICROS_PER_DAY,
  week: 16 * MICROS_PER_DAY,
  month: 64 * MICROS_PER_DAY,
};

/** `due` is the instant that the cron line means. */
export function runPeriod({ span, timeZone }: ReportJob, due: EpochMicros): Span {
  if (typeof span === "number") return { from: epochMicros(due - span), to: due };
  const around = periodsOf(span, timeZone, { from: epochMicros(due - REACH[span]), to: epochMicros(due + 1) });
  const last = around.findLast(({ to }) => to <= due) ?? bug(`no ${span} before ${isoInstant(due)}`);
  return { from: last.from, to: last.to };
}

/** What names a delivery, whenever and however often it is tried: a receiver that has this one has it. */
export function runKey(report: string, { from, to }: Span): string {
  return `${report}/${isoInstant(from)}/${isoInstant(to)}`;
}

/** `{name}`, `{from}` and `{to}` filled in; instants as `2026-11-20T1000+0100`: of the two hours of one name, each has its own. */
export function fillTemplate(template: string, { name, timeZone }: ReportJob, { from, to }: Span): string {
  const label = (at: EpochMicros) => localLabel(at, offsetAt(timeZone, at)).replaceAll(":", "");
  return template.replaceAll("{name}", name).replaceAll("{from}", label(from)).replaceAll("{to}", label(to));
}

function offsetAt(zone: string, at: EpochMicros): number {
  return regimesOf(zone, at, epochMicros(at + 1))[0]?.offset ?? bug(`no offset in ${zone}`);
}
