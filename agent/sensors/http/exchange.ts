/**
 * exchange: one question and its answer, in time, at most so long, with at most three redirects.
 *
 * A kept connection that the device closed in the meantime is no fault: the question is asked once more on a new one
 * (Node.js, `request.reusedSocket`). A redirect to another host gets no headers of ours, for they may hold a secret.
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import { MICROS_PER_MS, type Micros } from "../../../protocol/index.ts";
import type { DriverContext } from "../contract.ts";
import type { Connections } from "./connections.ts";
import { badRedirect, connectionFault, statusFault, timedOut, tooLong } from "./trouble.ts";

export interface HttpRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: Micros;
  /** Bytes of the answer. */
  readonly maxSize: number;
  readonly pause: DriverContext["pause"];
}

export interface HttpAnswer {
  readonly url: URL;
  readonly text: string;
}

const MOST_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** @throws Fault of `trouble.ts`, or the signal's reason. */
export async function get(request: HttpRequest, connections: Connections, signal: AbortSignal): Promise<HttpAnswer> {
  const stop = new AbortController();
  const answered = new AbortController();
  const late = request.pause(request.timeout / MICROS_PER_MS, AbortSignal.any([signal, answered.signal])).then(
    () => {
      throw timedOut(request.url, request.timeout);
    },
    () => new Promise<never>(() => {}), // answered in time, or nobody waits any more
  );
  try {
    return await Promise.race([follow(request, connections, AbortSignal.any([signal, stop.signal])), late]);
  } catch (error) {
    stop.abort(error); // what is still under way; after an answer the connection is kept
    throw error;
  } finally {
    answered.abort();
  }
}

async function follow(request: HttpRequest, connections: Connections, signal: AbortSignal): Promise<HttpAnswer> {
  let { url, headers } = request;
  for (let hops = 0; ; hops++) {
    const answer = await ask({ ...request, url, headers }, connections, signal);
    const status = answer.statusCode ?? 0;
    if (status === 200) return { url, text: await bodyOf(answer, request.maxSize, url) };
    answer.destroy();
    if (!REDIRECTS.has(status)) throw statusFault(url, status);
    const next = URL.parse(answer.headers.location ?? "", url.href);
    const isSafe = next !== null && (next.protocol === url.protocol || next.protocol === "https:");
    if (!isSafe || hops === MOST_REDIRECTS) throw badRedirect(url, answer.headers.location, hops);
    if (next.host !== url.host) headers = {};
    url = next;
  }
}

async function ask(request: HttpRequest, connections: Connections, signal: AbortSignal): Promise<IncomingMessage> {
  const { request: send, agent } = await connections.of(request.url.protocol);
  for (let again = false; ; again = true) {
    const asked = send(request.url, { agent, signal, headers: { accept: "application/json, text/plain, */*", ...request.headers } });
    const answer = await answerTo(asked).catch((error: NodeJS.ErrnoException) => {
      if (asked.reusedSocket && error.code === "ECONNRESET" && !again) return undefined;
      throw signal.aborted ? signal.reason : connectionFault(request.url, error);
    });
    if (answer !== undefined) return answer;
  }
}

function answerTo(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once("response", resolve);
    asked.on("error", reject); // also after the answer has begun: an error without a listener would end the process
    asked.end();
  });
}

async function bodyOf(answer: IncomingMessage, maxSize: number, url: URL): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxSize) throw tooLong(url, maxSize);
      chunks.push(chunk);
    }
  } catch (error) {
    throw connectionFault(url, error);
  }
  return Buffer.concat(chunks).toString("utf8");
}
