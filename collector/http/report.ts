/**
 * report: a report as it is made: sent row by row, so its length is no matter of memory.
 */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { REPORT_NAMES, type ReportName } from "../report/format.ts";
import { FORMATS } from "../report/formats.ts";
import { REPORT_FORMATS, type ReportFormat, type ReportQuery, reportQuery } from "../report/query.ts";
import { checkReportName, openReport } from "../report/report.ts";
import { acceptedMedia } from "./media.ts";
import type { HttpParts } from "./parts.ts";
import { pathOf } from "./problems.ts";
import { type Answer, addRoute } from "./route.ts";

/** JSON first: it is what gets who does not say. */
const OFFERED: readonly ReportFormat[] = ["json", ...REPORT_FORMATS.filter((format) => format !== "json")];

const answer: Answer = {
  status: 200,
  description: "The report, sent while it is made",
  content: Object.fromEntries(OFFERED.map((format) => [mediaOf(format), schemaOf(format)])),
};

export function addReports(app: FastifyInstance, parts: HttpParts): void {
  addRoute(app, {
    method: "GET",
    path: "/api/v1/report/:report",
    needs: "read",
    operationId: "makeReport",
    summary: "Minimum, average, maximum, count and coverage of every hour, day, week or month",
    query: reportQuery,
    params: z.strictObject({ report: z.string().describe(REPORT_NAMES.join(", ")) }),
    answer,
    handle: ({ query, params, request, reply }) => sendReport(checkReportName(params.report), query, parts, request, reply),
  });
  addRoute(app, {
    method: "GET",
    path: "/api/v1/last",
    needs: "read",
    operationId: "lastWindow",
    summary: "The same of a rolling window that ends now: one row a series",
    query: reportQuery.omit({ from: true, to: true, last: true }),
    answer,
    handle: ({ query, request, reply }) => sendReport("last", query, parts, request, reply),
  });
}

async function sendReport(
  name: ReportName,
  query: ReportQuery,
  { source, log }: HttpParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const format = query.format ?? formatOf(acceptedMedia(request.headers.accept, OFFERED.map(mediaOf)));
  const report = openReport(name, query, source, format);
  const first = await report.pieces.next(); // what fails at once is still a readable answer
  const pieces = Readable.from(withFirst(first, report.pieces), { objectMode: false });
  // The answer has begun, so all that is left is to break it off; why, only the log can say.
  pieces.once("error", (error) => log.error({ error, path: pathOf(request.url) }, "a report broke off"));
  return reply.type(report.contentType).header("vary", "accept").send(pieces);
}

async function* withFirst<Piece>(first: IteratorResult<Piece>, rest: AsyncGenerator<Piece>): AsyncGenerator<Piece> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

function mediaOf(format: ReportFormat): string {
  return FORMATS[format].contentType.split(";")[0] ?? "";
}

function formatOf(media: string): ReportFormat {
  return OFFERED.find((format) => mediaOf(format) === media) ?? "json";
}

function schemaOf(format: ReportFormat): z.ZodType {
  if (format !== "json") return z.string();
  const head = { report: z.string(), zone: z.string(), tzdata: z.string(), from: z.string().nullable(), to: z.string().nullable() };
  const row = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
  return z.strictObject({ ...head, made: z.string(), rows: z.array(row).describe("flat: one a period and series") });
}
