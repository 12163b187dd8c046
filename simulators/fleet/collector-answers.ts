/**
 * collector-answers: what a fleet asks its collector: what became of its readings, and every reading that is stored.
 *
 * It asks as anybody may: at the control socket, or over HTTP with a token. Answers are checked for what is used of them.
 */
import { z } from "zod";
import { askControl, type EpochMicros, Fault, isoInstant } from "../../protocol/index.ts";
import type { StoredRow } from "./oracle.ts";

const COUNT = z.number().int();

const ACCOUNT = z.object({
  agent: z.string(),
  received: COUNT,
  resent: COUNT,
  stored: COUNT,
  duplicate: COUNT,
  conflict: COUNT,
  quarantined: COUNT,
  waiting: COUNT,
  missingBatches: COUNT,
});

/** What became of the readings of one agent, as the collector counts it. */
export type Account = z.infer<typeof ACCOUNT>;

const SAMPLES = z.object({
  samples: z.array(z.object({ series: z.string(), at: z.string(), value: z.number() })),
  next: z.string().nullable(),
});

/** The most the API gives at once, of either list. */
const PAGE = 10_000;

export interface CollectorAnswers {
  /** By agent; one that never sent anything is not in it. */
  accounts(): Promise<ReadonlyMap<string, Account>>;
  /** Every reading of agents that fit the pattern, from `from` (inclusive) to `to` (exclusive), page by page, agent by agent. */
  samples(agents: string, from: EpochMicros, to: EpochMicros): AsyncGenerator<readonly StoredRow[]>;
}

/**
 * @param address path of a control socket, or URL of the API.
 * @throws Fault `not_running`, `not_allowed`, `no_answer`, as each question does.
 */
export function collectorAt(address: string, token: string | undefined): CollectorAnswers {
  const ask = address.startsWith("http")
    ? (path: string) => askOverHttp(address, path, token)
    : (path: string) => askControl(address, path);
  return {
    async accounts() {
      const found = new Map<string, Account>();
      for (let last = ""; ; ) {
        const cursor = last === "" ? "" : `&cursor=${last}`;
        const page = z.array(ACCOUNT).parse(await ask(`/api/v1/accounting?limit=${PAGE}${cursor}`));
        for (const account of page) found.set(account.agent, account);
        last = page.at(-1)?.agent ?? "";
        if (page.length < PAGE) return found;
      }
    },
    async *samples(agents, from, to) {
      const span = { series: agents, from: isoInstant(from), to: isoInstant(to), limit: String(PAGE) };
      for (let cursor: string | null = ""; cursor !== null; ) {
        const query = new URLSearchParams(cursor === "" ? span : { ...span, cursor });
        const page: z.infer<typeof SAMPLES> = SAMPLES.parse(await ask(`/api/v1/samples?${query}`));
        yield page.samples;
        cursor = page.next;
      }
    },
  };
}

async function askOverHttp(address: string, path: string, token: string | undefined): Promise<unknown> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(new URL(path, address), { headers }).catch((cause: unknown) => {
    throw new Fault("not_running", `${address}: expected a collector, nobody answers`, {
      cause,
      hint: "is the collector running, and is the address its `listen: { http: ... }`?",
    });
  });
  if (answer.ok) return answer.json();
  const hint = answer.status === 401 ? "name a file with a token: tributary-collector token create --role read" : undefined;
  throw new Fault("no_answer", `${address}${path}: expected an answer, got HTTP ${answer.status}`, { hint });
}
