/**
 * problems: faults as HTTP answers (RFC 9457 problem+json): the code to decide by, the message and what to do.
 */
import type { Duplex } from "node:stream";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { Fault, type Log } from "../../protocol/index.ts";

export const PROBLEM_TYPE = "application/problem+json";

export const problemSchema = z.strictObject({
  type: z.literal("about:blank"),
  title: z.string().describe("The code to decide by: it does not change."),
  status: z.int(),
  detail: z.string().describe("Where, what was expected, what came: for people."),
  hint: z.string().describe("What to do.").optional(),
});

type Problem = z.infer<typeof problemSchema>;

/** Status by code; a fault that may pass by itself is 503, any other the caller's to mend. */
const STATUS: Readonly<Record<string, number>> = {
  no_access: 401,
  bad_token: 401,
  bad_link: 401,
  cross_site: 403,
  forbidden_role: 403,
  forbidden_network: 403,
  wrong_host: 403,
  unknown_agent: 404,
  unknown_report: 404,
  unknown_path: 404,
  unknown_series: 404,
  unknown_token: 404,
  not_acceptable: 406,
  body_too_big: 413,
  uri_too_long: 414,
  unsupported_body: 415,
  too_many_failures: 429,
  header_too_big: 431,
  internal_error: 500,
  store_damaged: 500,
  store_not_writable: 500,
  store_unreachable: 500,
};

function problemOf(fault: Fault): Problem {
  const status = STATUS[fault.code] ?? (fault.retry ? 503 : 400);
  const problem: Problem = { type: "about:blank", title: fault.code, status, detail: fault.message };
  return fault.hint === undefined ? problem : { ...problem, hint: fault.hint };
}

/** Answers with a fault as it is; what fastify refused as a bad request; anything else is our mistake, logged and hidden. */
export function answerError(log: Log) {
  return (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply) => {
    const problem = problemOf(asFault(error, request, log));
    if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="tributary"');
    return reply.code(problem.status).type(`${PROBLEM_TYPE}; charset=utf-8`).send(JSON.stringify(problem));
  };
}

const FASTIFY_CODES: Readonly<Record<number, string>> = {
  404: "unknown_path",
  413: "body_too_big",
  414: "uri_too_long",
  415: "unsupported_body",
};

function asFault(error: FastifyError | Error, request: FastifyRequest, log: Log): Fault {
  if (error instanceof Fault) return error;
  const status = "statusCode" in error ? (error.statusCode ?? 500) : 500;
  if (status < 500) return new Fault(FASTIFY_CODES[status] ?? "bad_request", error.message, { cause: error });
  log.error({ error, path: pathOf(request.url) }, "a request ended in a bug of ours");
  return new Fault("internal_error", "the collector made a mistake; its log has the details", { cause: error });
}

/** What of an address may stand in a log: nobody's search, and no secret that somebody put there by mistake. */
export function pathOf(url: string): string {
  return (url.split("?")[0] ?? "").slice(0, 200);
}

/** Answers what is no HTTP, or too much of it, before there is a request: the socket is all there is. */
export function answerNoRequest(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const fault =
    error.code === "HPE_HEADER_OVERFLOW"
      ? new Fault("header_too_big", "expected at most 16 KiB of address and headers", { hint: "ask for less at once" })
      : new Fault("bad_request", "expected an HTTP request");
  const problem = problemOf(fault);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${[...head, "connection: close"].join("\r\n")}\r\n\r\n${body}`);
}

export function unknownPath(path: string): Fault {
  return new Fault("unknown_path", `there is nothing at ${JSON.stringify(pathOf(path))}`, {
    hint: "/api/v1/openapi.json says what can be asked",
  });
}
