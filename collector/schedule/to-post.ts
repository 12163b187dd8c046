/**
 * to-post: a report as the body of an HTTP POST.
 *
 * - 2xx = accepted. 408, 425, 429, 5xx and a connection that fails are tried again; any other status is a refusal.
 *   A redirect is one too: a POST that is sent on is a GET at many servers.
 * - `Idempotency-Key` is the run's key, the same at every attempt: a receiver whose answer was lost on the way knows
 *   by it that it has this report already (draft-ietf-httpapi-idempotency-key-header).
 * - `node:http` and not `fetch`: a certificate of one's own (`ca_file`) needs no further library.
 */
import type { IncomingMessage, RequestOptions } from "node:http";
import { Fault, mayPass, showDuration, withoutQuery } from "../../protocol/index.ts";
import type { ReportDestination } from "../config/config.ts";
import { type Deliver, inTime, wholeOf } from "./delivery.ts";
import { readText } from "./read-text.ts";

type Post = Extract<ReportDestination, { kind: "post" }>;

const SHOWN_BYTES = 200;

export function toPost(to: Post): Deliver {
  const { url, timeout } = to;
  return async (delivery, context) => {
    const body = await wholeOf(delivery);
    const { fileName, key, contentType } = delivery;
    const headers: Record<string, string | number> = {
      "content-type": contentType,
      "content-length": body.length,
      "content-disposition": `attachment; filename="${encodeURIComponent(fileName)}"`,
      "idempotency-key": `"${key}"`,
      ...to.headers,
    };
    if (to.tokenFile !== undefined) headers.authorization = `Bearer ${(await readText(to.tokenFile)).trim()}`;
    const ca = to.caFile === undefined ? {} : { ca: await trusted(to.caFile) };
    const late = () =>
      new Fault("no_answer", `${withoutQuery(url)}: expected an answer within ${showDuration(timeout)}, got none`, {
        retry: true,
        hint: HINT,
      });
    await inTime(context, timeout, (signal) => post(url, { method: "POST", headers, agent: false, signal, ...ca }, body), late);
  };
}

const HINT = "is the receiver running, and the address right? The report is kept and tried again";

async function post(url: string, options: RequestOptions & { readonly ca?: readonly string[] }, body: Buffer): Promise<void> {
  const { request } = url.startsWith("https:") ? await import("node:https") : await import("node:http");
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = request(url, options as RequestOptions, (answer) => {
      firstBytes(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text }), reject);
    });
    asked.on("error", reject);
    asked.end(body);
  }).catch((error: unknown) => {
    throw connectionFault(url, error);
  });
  if (status < 200 || status > 299) throw statusFault(url, status, text);
}

/** Reads to the end, so that the answer is known to be whole, and keeps what can be shown. */
async function firstBytes(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (text.length < SHOWN_BYTES) text = (text + chunk.toString("utf8")).slice(0, SHOWN_BYTES);
  }
  return text;
}

function connectionFault(url: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const code = String(error.code);
  if (error.name === "AbortError") return error;
  return new Fault("receiver_unreachable", `${withoutQuery(url)}: expected a receiver, got ${code}`, {
    retry: true,
    hint: HINT,
    cause: error,
  });
}

function statusFault(url: string, status: number, text: string): Fault {
  const said = text.trim() === "" ? "" : `: ${JSON.stringify(text)}`;
  const message = `${withoutQuery(url)}: expected the report to be accepted (2xx), got HTTP ${status}${said}`;
  if (mayPass(status)) return new Fault("receiver_busy", message, { retry: true, hint: "look at the receiver's log" });
  const hints: Readonly<Record<number, string>> = {
    401: "give the right token_file or headers",
    403: "give the right token_file or headers",
    404: "look for the right path in post",
    413: "the receiver takes no report of this size: choose fewer series, or raise its limit",
  };
  const hint = hints[status] ?? (status < 400 ? "write the address it leads to into post" : "look at the receiver's log");
  return new Fault("report_refused", message, { hint: `${hint}; then restart the collector, which tries it again` });
}

async function trusted(file: string): Promise<readonly string[]> {
  const { rootCertificates } = await import("node:tls");
  return [...rootCertificates, await readText(file)];
}
