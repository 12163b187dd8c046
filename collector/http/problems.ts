/**
 * problems: faults as HTTP answers (RFC 9457 problem+json): the code to decide by, the message and what to do.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { Fault, type Log } from "../../protocol/index.ts";

const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

export interface Problem {
  readonly type: "about:blank";
  /** The fault's code. */
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly hint?: string;
}

/** Status by code; a fault that may pass by itself is 503, any other the caller's to mend. */
const STATUS: Readonly<Record<string, number>> = {
  unknown_report: 404,
  unknown_path: 404,
  unknown_series: 404,
  wrong_host: 403,
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
    return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
  };
}

function asFault(error: FastifyError | Error, request: FastifyRequest, log: Log): Fault {
  if (error instanceof Fault) return error;
  const status = "statusCode" in error ? (error.statusCode ?? 500) : 500;
  if (status < 500) return new Fault("bad_request", error.message, { cause: error });
  log.error({ error, path: request.url }, "a request ended in a bug of ours");
  return new Fault("internal_error", "the collector made a mistake; its log has the details", { cause: error });
}

export function unknownPath(path: string): Fault {
  return new Fault("unknown_path", `there is nothing at ${JSON.stringify(path.slice(0, 200))}`, {
    hint: "see /api/v1/report/hourly, /api/v1/series, /api/v1/agents, /api/v1/accounting, /api/v1/status, /healthz",
  });
}
