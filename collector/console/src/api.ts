/**
 * api: asks the collector. Addresses are relative to the page, so it works under any path of a reverse proxy.
 *
 * Who asks is known by a cookie that no script can read: a link is exchanged for it. A token that was typed in instead
 * is kept in memory alone and is gone with the page. What the collector refuses comes as a `Problem` (RFC 9457) with
 * its code, its words and what to do.
 */
import type { AgentAccount, AgentInfo, CollectorStatus, Report, ReportRow, Sample, SeriesInfo } from "./answers.ts";

export class Problem extends Error {
  readonly status: number;
  /** What the collector calls it; `unreachable` where no answer came. */
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, code: string, message: string, hint?: string) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export interface ReportPart {
  readonly rows: readonly ReportRow[];
  readonly isWhole: boolean;
}

export type Query = Readonly<Record<string, string>>;

/** Series of one page; what comes behind is asked for when this is on the screen. */
const SERIES_PER_PAGE = 1_000;
/** Raw readings of one hour on the screen; who needs more than five a second has the download. */
export const MOST_SAMPLES = 20_000;
const SAMPLES_PER_PAGE = 10_000;

export const api = {
  status: (signal: AbortSignal) => ask<CollectorStatus>("status", {}, signal),
  agents: (signal: AbortSignal) => askAll<AgentInfo>("agents", {}, "agents", signal),
  accounts: (signal: AbortSignal) => askAll<AgentAccount>("accounting", {}, "accounts", signal),
  /** Page by page, the first at once. */
  series: (signal: AbortSignal) => pages<SeriesInfo>("series", { limit: String(SERIES_PER_PAGE) }, "series", signal),
  /** @param kind `hourly`, `daily` ... */
  report: (kind: string, query: Query, signal: AbortSignal) => ask<Report>(`report/${kind}`, { ...query, format: "json" }, signal),
  /** The first rows of a report, however long it is: the rest is not sent for. */
  async reportRows(kind: string, query: Query, most: number, signal: AbortSignal): Promise<ReportPart> {
    const answer = await send(addressOf(`report/${kind}`, { ...query, format: "ndjson" }), { signal });
    const rows: ReportRow[] = [];
    for await (const line of lines(answer.body)) {
      if (rows.length === most) return { rows, isWhole: false };
      rows.push(JSON.parse(line) as ReportRow);
    }
    return { rows, isWhole: true };
  },
  /** Raw readings, ascending, at most `MOST_SAMPLES`. */
  async samples(query: Query, signal: AbortSignal): Promise<Sample[]> {
    const all: Sample[] = [];
    for await (const page of pages<Sample>("samples", { ...query, limit: String(SAMPLES_PER_PAGE) }, "samples", signal)) {
      all.push(...page);
      if (all.length >= MOST_SAMPLES) break;
    }
    return all.slice(0, MOST_SAMPLES);
  },
  /** Events of `live`, as text, until the collector or the signal ends it. @param lastId of the last event that was got. */
  async live(series: string, lastId: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array> | null> {
    const headers: Record<string, string> = lastId === undefined ? {} : { "last-event-id": lastId };
    return (await send(addressOf("live", { series }), { signal, headers })).body;
  },
  /** Whole, for the one case in which the browser cannot fetch a file by itself: see `hasToken`. */
  file: async (path: string, query: Query, signal: AbortSignal): Promise<Blob> => (await send(addressOf(path, query), { signal })).blob(),
  /** Exchanges the code of a link for the cookie. @throws Problem `bad_link` */
  async enter(code: string): Promise<void> {
    const body = JSON.stringify({ code });
    await send(addressOf("session", {}), { method: "POST", headers: { "content-type": "application/json" }, body });
  },
};

let token: string | undefined;

/** From now on asks with this token, until the page is left. */
export function useToken(secret: string): void {
  token = secret;
}

/** Then what the browser follows by itself is not let in. */
export function hasToken(): boolean {
  return token !== undefined;
}

/** For a link that is followed or downloaded by the browser itself. */
export function addressOf(path: string, query: Query): string {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return `api/v1/${path}${text === "" ? "" : `?${text}`}`;
}

async function ask<Answer>(path: string, query: Query, signal: AbortSignal): Promise<Answer> {
  return (await (await send(addressOf(path, query), { signal })).json()) as Answer;
}

async function askAll<Row>(path: string, query: Query, name: string, signal: AbortSignal): Promise<Row[]> {
  const all: Row[] = [];
  for await (const page of pages<Row>(path, query, name, signal)) all.push(...page);
  return all;
}

/** The pages of a list: bare rows, or rows under `name`; the next one is named in the `Link` header. */
async function* pages<Row>(path: string, query: Query, name: string, signal: AbortSignal): AsyncGenerator<readonly Row[]> {
  let next: string | undefined = addressOf(path, query);
  while (next !== undefined) {
    const answer: Response = await send(next, { signal });
    const body = (await answer.json()) as readonly Row[] | Readonly<Record<string, readonly Row[]>>;
    yield Array.isArray(body) ? body : ((body as Readonly<Record<string, readonly Row[]>>)[name] ?? []);
    const behind: string | undefined = /<(\?[^>]*)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
    next = behind === undefined ? undefined : `api/v1/${path}${behind}`;
  }
}

/** Leaving the loop hangs up. */
async function* lines(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  const reader = body?.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = "";
  try {
    for (let piece = await reader?.read(); piece !== undefined && !piece.done; piece = await reader?.read()) {
      const parts = (text + piece.value).split("\n");
      text = parts.pop() ?? "";
      yield* parts;
    }
  } finally {
    await reader?.cancel();
  }
}

async function send(address: string, request: RequestInit): Promise<Response> {
  const headers = new Headers(request.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const answer = await fetch(address, { ...request, headers, credentials: "same-origin", cache: "no-store" }).catch((error: unknown) => {
    if (request.signal?.aborted === true) throw error;
    throw new Problem(0, "unreachable", "The collector does not answer.", "Is it running? Start it with: tributary-collector run");
  });
  if (answer.ok) return answer;
  const told = (await answer.json().catch(() => ({}))) as { title?: string; detail?: string; hint?: string };
  throw new Problem(
    answer.status,
    told.title ?? `http_${answer.status}`,
    told.detail ?? `The collector answered ${answer.status}.`,
    told.hint,
  );
}
