/**
 * about: the collector about itself: is it there, how is it, who sends, and does the account balance.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { Fault, isName, LIMITS } from "../../protocol/index.ts";
import { type List, limitUpTo, listAnswer, listFormat, pageOf, sendList } from "./list.ts";
import type { HttpParts } from "./parts.ts";
import { addRoute } from "./route.ts";

/** As many agents as a collector is made for. */
const MOST_AGENTS = 10_000;

const agents: List = {
  name: undefined,
  row: z.strictObject({
    agent: z.string(),
    online: z.boolean(),
    first_seen: z.string(),
    last_hello: z.string().nullable(),
    last_batch: z.string().nullable(),
    software: z.string().nullable().describe("as the agent says it"),
    clock_trusted: z.boolean().nullable().describe("at the last hello"),
    clock_source: z.string().nullable().describe("what vouched for its clock"),
    pending: z.int().nullable().describe("batches that waited in its spool at the last hello"),
    refused_device: z.string().nullable().describe("when another device of this name was last refused"),
    epochs: z.int().describe(`how often its spool began anew, of at most ${LIMITS.epochsPerAgent} times`),
    labels: z.record(z.string(), z.string()).describe("what its config says of it, as of the last hello"),
  }),
};

const accounts: List = {
  name: undefined,
  row: z.strictObject({
    agent: z.string(),
    received: z.int(),
    resent: z.int(),
    stored: z.int(),
    duplicate: z.int(),
    conflict: z.int(),
    quarantined: z.int(),
    waiting: z.int(),
    lost: z.record(z.string(), z.int()).describe("declared by the agent, by reason"),
    missingBatches: z.int(),
    missing: z.array(z.looseObject({})),
    pendingBatches: z.int(),
    unaccounted: z.int().nullable(),
    agentTotals: z.record(z.string(), z.number()).nullable(),
    balanced: z.boolean(),
  }),
};

const query = z.strictObject({
  cursor: z.string().max(40).optional().describe("name of the last agent of the page before, see the Link header"),
  limit: limitUpTo(MOST_AGENTS),
  format: listFormat,
});

const byName = ({ agent }: { readonly agent: string }) => agent;

export function addAbout(app: FastifyInstance, parts: HttpParts): void {
  addRoute(app, {
    method: "GET",
    path: "/healthz",
    needs: "nothing",
    operationId: "isAlive",
    summary: "Does it answer?",
    answer: { status: 200, description: "It does", content: { "application/json": z.strictObject({ ok: z.literal(true) }) } },
    handle: () => ({ ok: true }),
  });
  addRoute(app, {
    method: "GET",
    path: "/api/v1/status",
    needs: "read",
    operationId: "getStatus",
    summary: "How the collector is: connections, clock, what it refused, who may ask",
    answer: { status: 200, description: "How it is", content: { "application/json": z.looseObject({}) } },
    handle: () => parts.status(),
  });
  addList(app, { path: "/api/v1/agents", operationId: "listAgents", summary: "Who has ever said hello", list: agents, rows: parts.agents });
  addList(app, {
    path: "/api/v1/accounting",
    operationId: "listAccounts",
    summary: "What became of every reading, agent by agent",
    list: accounts,
    rows: parts.account,
  });
  addRoute(app, {
    method: "POST",
    path: "/api/v1/agents/:agent/replace",
    needs: "admin",
    operationId: "replaceDevice",
    summary: "Lets the next other device that comes under this name take the agent's place, once",
    params: z.strictObject({ agent: z.string().max(40).refine(isName, "expected the name of an agent") }),
    answer: { status: 204, description: "It may come", content: {} },
    handle: ({ params: { agent }, reply }) => {
      if (!parts.devices.replaceDevice(agent)) throw unknownAgent(agent);
      return reply.code(204).send();
    },
  });
}

function unknownAgent(agent: string): Fault {
  return new Fault("unknown_agent", `expected an agent that was here before, got ${JSON.stringify(agent)}`, {
    hint: "a new name needs no permission; tributary-collector status lists those that are known",
  });
}

interface AgentList {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly list: List;
  rows(): Promise<readonly object[]> | readonly object[];
}

function addList(app: FastifyInstance, { path, operationId, summary, list, rows }: AgentList): void {
  addRoute(app, {
    method: "GET",
    path,
    needs: "read",
    operationId,
    summary,
    query,
    answer: listAnswer(list, "A page, by the name of the agent"),
    handle: async ({ query: { cursor, limit, format }, request, reply }) => {
      const all = (await rows()) as readonly { readonly agent: string }[];
      return sendList(list, pageOf(all, byName, cursor, limit), { request, reply, format });
    },
  });
}
