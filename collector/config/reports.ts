/**
 * reports: one entry of `reports`: which report is made when, and where it goes.
 */

import { resolve } from "node:path";
import { z } from "zod";
import { CRON_EXPECTED, cronProblem } from "../../protocol/calendar.ts";
import {
  duration,
  httpHeaders,
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
  MICROS_PER_MS,
  type Micros,
  micros,
  name,
  timeZone,
} from "../../protocol/index.ts";
import { REPORT_NAMES, type ReportName, ROW_KINDS } from "../report/format.ts";
import { REPORT_FORMATS } from "../report/query.ts";
import { address } from "./address.ts";
import type { ReportDestination, ReportJob, ReportSpan } from "./config.ts";

/** Without a zone of its own it has that of the config. */
type WrittenReport = Omit<ReportJob, "timeZone"> & { readonly timeZone: string | undefined };

const ADDRESS = "expected an address like https://example.org/load_stats";
const BROKER = "expected an address like mqtt://broker.local:1883";
const TOPIC = "expected a topic without + and #, like home/reports/hourly";
const FILE = 'expected a file name like "{name}-{from}.csv" ({name}, {from}, {to} are filled in)';
const SPANS = ["hour", "day", "week", "month"] as const;

const PATH = z.string("expected a path").min(1, "expected a path");
const TEXT = z.string().min(1);

const cron = z.string(CRON_EXPECTED).superRefine((line, context) => {
  const message = cronProblem(line);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

const timeout = duration({ least: micros(MICROS_PER_MS), most: micros(60 * MICROS_PER_MINUTE) }).prefault("30s");

const FOLDER = z.strictObject({ folder: PATH, file: z.string(FILE).refine(isFileTemplate, FILE).optional() });
const POST = z.strictObject({
  post: address(/^https?:$/, ADDRESS),
  headers: httpHeaders().default({}),
  /** Sent as `Authorization: Bearer`; read again at every attempt. */
  token_file: PATH.optional(),
  ca_file: PATH.optional(),
  timeout,
});
const MQTT = z.strictObject({
  mqtt: z.string(TOPIC).regex(/^[^+#\0]{1,200}$/, TOPIC),
  broker: address(/^mqtts?:$/, BROKER),
  user: TEXT.optional(),
  password_file: PATH.optional(),
  timeout,
});

/** Several patterns may stand with commas between; fewer levels stand for all below, as in `report --series`. */
const SERIES = z.string().regex(/^[a-z0-9_*?/-]+(, *[a-z0-9_*?/-]+)*$/, 'expected patterns of series like "greenhouse-*/air/temperature"');

const ENTRY = z.strictObject({
  name: name(),
  cron,
  time_zone: timeZone().optional(),
  report: z.enum(REPORT_NAMES as [ReportName, ...ReportName[]]),
  series: SERIES.optional(),
  format: z.enum(REPORT_FORMATS).default("csv"),
  columns: TEXT.optional(),
  mean: z.enum(["time", "samples"]).optional(),
  /** What a run is about: the last whole one of these; of `last` how long its window is. */
  span: TEXT.optional(),
  /** For so long a run waits for readings that are still under way. */
  wait: z.union([z.literal("0s").transform(() => micros(0)), duration({ most: micros(7 * MICROS_PER_DAY) })]).prefault("10m"),
  /** For so long it is tried again where it could not be delivered. */
  retry_for: duration({ most: micros(366 * MICROS_PER_DAY) }).prefault("7d"),
  to: z.union([POST, FOLDER, MQTT]),
});

/** @param folder of the config file: relative paths are meant from there. */
export function reportList(folder: string) {
  const list = z.array(reportEntry(folder)).max(100);
  return list.superRefine((reports, context) => {
    for (const [index, { name }] of reports.entries()) {
      const first = reports.findIndex((report) => report.name === name);
      const message = `expected a name of its own; reports[${first}] has this one`;
      if (first !== index) context.addIssue({ code: "custom", path: [index, "name"], message });
    }
  });
}

/** Those that name no zone have that of the config. */
export function withZone(reports: readonly WrittenReport[], zone: string): readonly ReportJob[] {
  return reports.map((report) => ({ ...report, timeZone: report.timeZone ?? zone }));
}

function reportEntry(folder: string) {
  return ENTRY.transform((written, context): WrittenReport => {
    const { to, time_zone, retry_for, span: asked, name, cron, report, series, format, columns, mean, wait } = written;
    const span = spanOf(report, asked);
    if (span === undefined) {
      const message = report === "last" ? "expected a duration like 60m" : `expected one of ${SPANS.join(", ")}`;
      context.addIssue({ code: "custom", path: ["span"], message });
      return z.NEVER;
    }
    const what = { report, span, series, format, columns, mean };
    return { name, cron, timeZone: time_zone, ...what, wait, retryFor: retry_for, to: destination(to, folder, format) };
  });
}

function spanOf(report: ReportName, asked: string | undefined): ReportSpan | undefined {
  const kind = ROW_KINDS[report];
  if (kind === "window") return durationOf(asked ?? "60m");
  return asked === undefined ? kind : SPANS.find((span) => span === asked);
}

function durationOf(text: string): Micros | undefined {
  return duration().safeParse(text).data;
}

function destination(
  to: z.output<typeof POST> | z.output<typeof FOLDER> | z.output<typeof MQTT>,
  folder: string,
  format: string,
): ReportDestination {
  const place = (file: string | undefined) => (file === undefined ? undefined : resolve(folder, file));
  if ("folder" in to) return { kind: "folder", folder: resolve(folder, to.folder), file: to.file ?? `{name}-{from}.${format}` };
  if ("post" in to) {
    const { post, headers, token_file, ca_file, timeout } = to;
    return { kind: "post", url: post, headers, tokenFile: place(token_file), caFile: place(ca_file), timeout };
  }
  const { mqtt, broker, user, password_file, timeout } = to;
  return { kind: "mqtt", broker, topic: mqtt, user, passwordFile: place(password_file), timeout };
}

/** Inside its folder, and nothing in braces but what is known. */
function isFileTemplate(text: string): boolean {
  const rest = text.replace(/\{(name|from|to)\}/g, "x");
  return (
    /^[^/{}\0][^{}\0]*$/.test(rest) && !rest.endsWith("/") && rest.split("/").every((part) => part !== ".." && part !== "." && part !== "")
  );
}
