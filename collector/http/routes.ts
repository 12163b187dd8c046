/**
 * routes: what can be asked of the collector over HTTP, the same on the network and on the control socket.
 *
 * Lists have limits and cursors; a report is sent while it is made, so its length is no matter of memory.
 */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { Fault, isoInstant, type Log, MICROS_PER_SECOND } from "../../protocol/index.ts";

import { parseQuery, type ReportFormat } from "../report/query.ts";
import { checkReportName, openReport } from "../report/report.ts";
import type { ReportSource } from "../report/source.ts";
import type { SeriesInfo } from "../rollup/series.ts";

/** What the answers are made from. The functions give plain JSON. */
export interface HttpParts {
  readonly source: ReportSource;
  account(): unknown;
  status(): unknown;
  agents(): unknown;
}

export function addRoutes(app: FastifyInstance, { source, account, status, agents }: HttpParts, log: Log): void {
  app.get("/healthz", () => ({ ok: true }));
  app.get("/api/v1/status", () => status());
  app.get("/api/v1/accounting", () => account());
  app.get("/api/v1/agents", () => agents());
  app.get("/api/v1/series", (request) => listSeries(source, request.query));
  app.get("/api/v1/report/:report", (request, reply) => sendReport(source, log, request, reply));
}

async function sendReport(source: ReportSource, log: Log, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const name = checkReportName((request.params as { report: string }).report);
  const report = openReport(name, parseQuery(request.query), source, acceptedFormat(request.headers.accept));
  const first = await report.pieces.next(); // what fails at once is still a readable answer
  const pieces = Readable.from(withFirst(first, report.pieces));
  // The answer has begun, so all that is left is to break it off; why, only the log can say.
  pieces.once("error", (error) => log.error({ error, path: request.url }, "a report broke off"));
  return reply.type(report.contentType).send(pieces);
}

async function* withFirst(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

function acceptedFormat(accept = ""): ReportFormat {
  return accept.includes("text/csv") ? "csv" : "json";
}

const MOST_SERIES = 1_000;

const listQuery = z.strictObject({
  /** Numbers greater than this. */
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(MOST_SERIES).default(MOST_SERIES),
});

async function listSeries(source: ReportSource, query: unknown): Promise<unknown> {
  const { after, limit } = parseList(query);
  const rest = source
    .series()
    .filter(({ number }) => number > after)
    .sort((a, b) => a.number - b.number);
  const page = rest.slice(0, limit);
  const series = await Promise.all(page.map((info) => describeSeries(source, info)));
  return { series, next: rest.length > page.length ? (page.at(-1)?.number ?? null) : null };
}

function parseList(query: unknown): z.infer<typeof listQuery> {
  const result = listQuery.safeParse(query);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Fault("bad_query", `series ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "expected another query"}`, {
    hint: `use limit (1 to ${MOST_SERIES}) and after (the "next" of the page before)`,
  });
}

async function describeSeries(source: ReportSource, { number, id, spec, version }: SeriesInfo): Promise<unknown> {
  const extent = await source.store.extent(number);
  return {
    number,
    id,
    version,
    unit: spec.unit,
    kind: spec.kind,
    sampling: spec.sampling,
    period_seconds: spec.period / MICROS_PER_SECOND,
    heartbeat_seconds: spec.heartbeat / MICROS_PER_SECOND,
    from: extent === undefined ? null : isoInstant(extent.from),
    to: extent === undefined ? null : isoInstant(extent.to),
  };
}
