/**
 * http-bench: the collector's HTTP side over a real store with generated readings, asked over a real socket.
 */
import http from "node:http";
import { type Access, openAccess } from "../../../collector/access/access.ts";
import type { Role } from "../../../collector/access/roles.ts";
import type { HttpAccess } from "../../../collector/config/config.ts";
import { createHttp, type Http } from "../../../collector/http/http.ts";
import { LiveFeed } from "../../../collector/http/live-feed.ts";
import type { HttpParts } from "../../../collector/http/parts.ts";
import { tellingStore } from "../../../collector/http/telling-store.ts";
import { openDatabase } from "../../../collector/ingest/schema.ts";
import type { ReportSource } from "../../../collector/report/source.ts";
import type { SeriesInfo } from "../../../collector/rollup/series.ts";
import { NO_TOTALS, type SeriesSpec } from "../../../protocol/index.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { randomOf } from "../../support/seeded-random.ts";
import { instant, type ReportBench, reportBench, seriesInfo } from "../report/report-bench.ts";

export const NOON = instant("2026-03-10T12:00:00Z");

export interface HttpPartsBench {
  readonly parts: HttpParts;
  readonly clock: ManualClock;
  readonly log: ReturnType<typeof quietLog>;
  close(): void;
}

/** Everything the HTTP side needs beside its source. */
export function httpParts(source: ReportSource, changes: Partial<HttpParts> = {}): HttpPartsBench {
  const clock = manualClock({ wall: source.now() });
  const log = quietLog();
  const random = randomOf(7);
  const db = openDatabase(":memory:", false);
  const access = openAccess(db, { clock: clock.clock, random });
  const live = new LiveFeed({ series: () => source.series(), clock: clock.clock, random });
  const parts: HttpParts = {
    ...{ source, live, log, clock: clock.clock, page: "/nowhere", ...access },
    account: () => [ACCOUNT],
    agents: () => AGENTS,
    devices: { replaceDevice: (agent) => agent === "greenhouse-1" },
    status: () => ({ online: true }),
    ...changes,
  };
  return { parts, clock, log, close: () => void db.close() };
}

const ACCOUNT = {
  ...{ agent: "greenhouse-1", received: 90, resent: 0, stored: 90, duplicate: 0, conflict: 0, quarantined: 0, waiting: 0 },
  ...{ lost: { spool_full: 3 }, missingBatches: 0, missing: [], pendingBatches: 0, unaccounted: 0, agentTotals: NO_TOTALS, balanced: true },
};

/** What an agent calls its software is its own affair: it may be a formula, or markup. */
export const EVIL_SOFTWARE = '=HYPERLINK("http://evil.example","<script>alert(1)</script>")';

const AGENTS = [1, 2, 3].map((number) => ({
  ...{ agent: `greenhouse-${number}`, online: true, first_seen: "2026-03-10T10:00:00.000Z", last_hello: null, last_batch: null },
  ...{ software: number === 1 ? EVIL_SOFTWARE : null, clock_trusted: true, clock_source: "ntp", pending: 0 },
  ...{ refused_device: null, epochs: 1, labels: { site: "kiel" } },
}));

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly http: Http;
  readonly access: Access;
  readonly bench: ReportBench;
  readonly clock: ManualClock;
  readonly log: ReturnType<typeof quietLog>;
  readonly parts: HttpParts;
  /** A secret of that role. */
  token(role: Role): string;
  /** Asks with a token that may everything, unless `headers` say otherwise. */
  ask(path: string, asked?: Asked): Promise<Answer>;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** null = none. */
  readonly token?: string | null;
}

export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  json(): unknown;
}

export interface ServedOptions {
  readonly policy?: Partial<HttpAccess>;
  readonly series?: readonly SeriesInfo[];
  readonly spec?: Partial<SeriesSpec>;
  readonly parts?: Partial<HttpParts>;
}

/** Three greenhouses; the first has a reading a minute for the last 90 minutes. */
export async function served({ policy = {}, spec = {}, parts: changes = {}, ...more }: ServedOptions = {}): Promise<Served> {
  const series = more.series ?? [1, 2, 3].map((number) => seriesInfo(number, `greenhouse-${number}/air/temperature`, spec));
  const plain = await reportBench(series);
  plain.setNow(NOON);
  const { parts, clock, log, close } = httpParts(plain.source, changes);
  const told = tellingStore({ ...plain.store }, (hours) => parts.live.stored(hours));
  Object.assign(plain.store, { put: told.put }); // as the collector wires it: what is loaded is told
  await plain.load(Array.from({ length: 90 }, (_, index) => ({ series: 1, at: NOON - index * 60e6, value: index / 4, quality: 0 })));
  const server = createHttp(parts);
  const url = await server.listen({ host: "127.0.0.1", port: 0 }, { from: "loopback", withoutToken: "nobody", ...policy });
  const token = (role: Role) => parts.tokens.create({ kind: "token", role, name: role, lifetime: undefined }).secret;
  const admin = token("admin");
  return {
    ...{ url, http: server, access: parts, bench: plain, clock, log, parts, token },
    ask: (path, asked = {}) => ask(url, path, { token: admin, ...asked }),
    async [Symbol.asyncDispose]() {
      await server.close();
      close();
      await plain[Symbol.asyncDispose]();
    },
  };
}

export async function ask(url: string, path: string, { method = "GET", headers = {}, body, token = null }: Asked): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const answer = await open({ hostname, port, path, method, headers, body, token });
  let text = "";
  for await (const piece of answer) text += String(piece);
  return {
    status: answer.statusCode ?? 0,
    type: answer.headers["content-type"],
    headers: answer.headers,
    text,
    json: () => JSON.parse(text),
  };
}

/** The answer as it begins: for those that do not end. */
export function open({ headers = {}, body, token = null, ...to }: http.RequestOptions & Asked): Promise<http.IncomingMessage> {
  const content = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const all = {
    ...(token !== null && { authorization: `Bearer ${token}` }),
    ...(content !== undefined && { "content-type": "application/json", "content-length": String(Buffer.byteLength(content)) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const request = http.request({ agent: false, ...to, headers: all }, resolve);
    request.on("error", reject);
    request.end(content);
  });
}
