/**
 * ask: the collector's API as anybody may use it: over the network with a token, or on its control socket.
 *
 * What it answers is checked for the fields that the oracle needs, and more is not known of the collector here.
 */
import http from "node:http";
import https from "node:https";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { type EpochMicros, epochMicros, Fault } from "../../protocol/index.ts";

/** `socket`: a path. `url`: `http://host:8480`, and what stands behind it is kept: a proxy may have put it there. */
export type CollectorPlace = { readonly socket: string } | { readonly url: string; readonly token: string | undefined };

/** The collector's own account of one agent, as far as it is needed. */
export interface StatedAccount {
  readonly agent: string;
  readonly received: number;
  readonly quarantined: number;
  readonly conflict: number;
  readonly waiting: number;
  readonly lost: Readonly<Record<string, number>>;
  readonly missingBatches: number;
  readonly pendingBatches: number;
  /** Given up by the agent before they were sealed, as of its newest batch. */
  readonly dropped: number;
  readonly balanced: boolean;
}

export interface StoredReading {
  readonly at: EpochMicros;
  readonly value: number;
  readonly kind: "sample" | "summary";
}

const PAGE = 10_000;
const LONGEST_ANSWER = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
/** All that a collector may hold. */
const EVER = "from=2000-01-01T00:00:00Z&to=2200-01-01T00:00:00Z";

const accounts = z.array(
  z.looseObject({
    agent: z.string(),
    received: z.int(),
    quarantined: z.int(),
    conflict: z.int(),
    waiting: z.int(),
    lost: z.record(z.string(), z.int()),
    missingBatches: z.int(),
    pendingBatches: z.int(),
    agentTotals: z.looseObject({ dropped: z.int() }).nullable(),
    balanced: z.boolean(),
  }),
);

const samples = z.looseObject({
  samples: z.array(z.looseObject({ at: z.iso.datetime(), value: z.number(), kind: z.enum(["sample", "summary"]) })),
  next: z.string().nullable(),
});

/** @throws Fault `no_answer`, `not_let_in`. */
export async function askAccounts(place: CollectorPlace, signal: AbortSignal): Promise<StatedAccount[]> {
  const answer = await ask(place, "/api/v1/accounting", accounts, signal);
  return answer.map(({ agentTotals, ...stated }) => ({ ...stated, dropped: agentTotals?.dropped ?? 0 }));
}

/** Every stored reading of a series, page by page. @throws Fault `no_answer`, `not_let_in`. */
export async function* askSamples(place: CollectorPlace, series: string, signal: AbortSignal): AsyncGenerator<StoredReading> {
  for (let cursor: string | null = ""; cursor !== null; ) {
    const behind = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: z.infer<typeof samples> = await ask(
      place,
      `/api/v1/samples?series=${series}&${EVER}&limit=${PAGE}${behind}`,
      samples,
      signal,
    );
    for (const { at, value, kind } of page.samples) yield { at: instantOf(at), value, kind };
    cursor = page.next;
  }
}

async function ask<T>(place: CollectorPlace, path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
  const { status, text } = await get(place, path, signal);
  if (status === 401 || status === 403) {
    throw new Fault("not_let_in", `${shown(place)}: expected to be let in, got HTTP ${status}`, {
      hint: "make a token with: tributary-collector token create --role read, and name its file with --token-file",
    });
  }
  if (status !== 200) throw noAnswer(place, `HTTP ${status} to ${path}: ${text.slice(0, 200)}`);
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw noAnswer(place, `something else to ${path}: ${parsed.error.issues[0]?.path.join(".")}: ${parsed.error.issues[0]?.message}`);
}

function get(place: CollectorPlace, path: string, signal: AbortSignal): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const { target, options, client } = requestOf(place, path);
    const request = client.get(target, { ...options, agent: false, signal, timeout: TIMEOUT_MS }, (answer) => {
      const pieces: Buffer[] = [];
      let length = 0;
      answer.on("data", (piece: Buffer) => {
        pieces.push(piece);
        length += piece.length;
        if (length > LONGEST_ANSWER) request.destroy(new Error("an answer that is too long"));
      });
      answer.on("end", () => resolve({ status: answer.statusCode, text: Buffer.concat(pieces).toString() }));
      answer.on("error", (error) => reject(noAnswer(place, error.message)));
    });
    request.on("timeout", () => request.destroy(new Error("nothing for a minute")));
    request.on("error", (error) => reject(signal.aborted ? signal.reason : noAnswer(place, error.message)));
  });
}

function requestOf(place: CollectorPlace, path: string) {
  if ("socket" in place) return { target: `http://collector${path}`, options: { socketPath: place.socket }, client: http };
  const { url, token } = place;
  const options = token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
  return { target: url.replace(/\/$/, "") + path, options, client: url.startsWith("https:") ? https : http };
}

function noAnswer(place: CollectorPlace, came: string): Fault {
  return new Fault("no_answer", `${shown(place)}: expected an answer of a collector, got ${came}`, {
    retry: true,
    hint: "is it running? Name its data folder with --data, or its address with --collector http://host:8480",
  });
}

function shown(place: CollectorPlace): string {
  return "socket" in place ? place.socket : place.url;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says that it is none
  }
}

function instantOf(iso: string): EpochMicros {
  return epochMicros(Number(Temporal.Instant.from(iso).epochNanoseconds / 1_000n));
}
