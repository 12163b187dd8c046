/**
 * Every route of the OpenAPI document, found in the document itself: a new one without cases here fails.
 *
 * Of each: a success whose answer fits its documented schema, bad input, no token, and every role that is too low.
 */
import fastify from "fastify";
import { beforeAll, expect, test } from "vitest";
import { covers, ROLES, type Role } from "../../../collector/access/roles.ts";
import { problemSchema } from "../../../collector/http/problems.ts";
import { type Answer, type Asked, open, type Served, served } from "./http-bench.ts";

interface Operation {
  readonly operationId: string;
  readonly "x-role": Role | "nothing";
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>;
}

interface Case {
  /** A request that is answered well, and how. */
  readonly good: (server: Served) => Promise<readonly [path: string, asked?: Asked]> | readonly [path: string, asked?: Asked];
  readonly status?: number;
  /** Requests that are refused, and with which code. */
  readonly bad: readonly (readonly [path: string, code: string, asked?: Asked])[];
  /** It does not end by itself. */
  readonly endless?: boolean;
}

const body = (content: unknown): Asked => ({ method: "POST", body: content });

/** operationId -> cases */
const CASES: Readonly<Record<string, Case>> = {
  isAlive: { good: () => ["/healthz"], bad: [["/healthz?x=1", "bad_query"]] },
  getStatus: { good: () => ["/api/v1/status"], bad: [["/api/v1/status?x=1", "bad_query"]] },
  getOpenapi: { good: () => ["/api/v1/openapi.json"], bad: [["/api/v1/openapi.json?x=1", "bad_query"]] },
  listAgents: { good: () => ["/api/v1/agents?limit=2"], bad: [["/api/v1/agents?limit=0", "bad_query"]] },
  replaceDevice: {
    good: () => ["/api/v1/agents/greenhouse-1/replace", { method: "POST" }],
    status: 204,
    bad: [
      ["/api/v1/agents/nobody/replace", "unknown_agent", { method: "POST" }],
      ["/api/v1/agents/Green%20House/replace", "bad_path", { method: "POST" }],
    ],
  },
  listAccounts: { good: () => ["/api/v1/accounting"], bad: [["/api/v1/accounting?limit=99999", "bad_query"]] },
  listSeries: {
    good: () => ["/api/v1/series?series=greenhouse-*&limit=2"],
    bad: [
      ["/api/v1/series?series=nobody", "unknown_series"],
      ["/api/v1/series?cursor=x", "bad_query"],
      ["/api/v1/series?cursor=-1", "bad_query"],
    ],
  },
  listSamples: {
    good: () => ["/api/v1/samples?series=greenhouse-1/air/temperature&from=2026-03-10T11:00Z&limit=10"],
    bad: [
      ["/api/v1/samples?series=nobody", "unknown_series"],
      ["/api/v1/samples?from=soon", "bad_time"],
      ["/api/v1/samples?from=2026-03-10&to=2026-03-09", "bad_span"],
      ["/api/v1/samples?tz=Mars", "unknown_zone"],
      ["/api/v1/samples?cursor=1-2-7", "bad_query"],
      ["/api/v1/samples?cursor=99-5-1", "bad_query"],
      ["/api/v1/samples?limit=10001", "bad_query"],
    ],
  },
  makeReport: {
    good: () => ["/api/v1/report/hourly?last=2h"],
    bad: [
      ["/api/v1/report/yearly", "unknown_report"],
      ["/api/v1/report/hourly?series=nobody", "unknown_series"],
      ["/api/v1/report/hourly?colour=red", "bad_query"],
    ],
  },
  lastWindow: {
    good: () => ["/api/v1/last?span=60m&series=greenhouse-1"],
    bad: [
      ["/api/v1/last?span=soon", "bad_time"],
      ["/api/v1/last?span=400d", "span_too_long"],
      ["/api/v1/last?from=today", "bad_query"],
    ],
  },
  listenLive: { good: () => ["/api/v1/live?series=greenhouse-1"], bad: [["/api/v1/live?series=nobody", "unknown_series"]], endless: true },
  enter: {
    good: ({ access }) => ["/api/v1/session", body({ code: access.links.create().code })],
    status: 201,
    bad: [
      ["/api/v1/session", "bad_link", body({ code: "guess" })],
      ["/api/v1/session", "bad_token", body({ token: "guess" })],
      ["/api/v1/session", "bad_body", body({ code: 7 })],
      ["/api/v1/session", "bad_request", body("{")],
      ["/api/v1/session", "body_too_big", body({ code: "x".repeat(9_000) })],
      ["/api/v1/session", "unsupported_body", { ...body("code=x"), headers: { "content-type": "text/plain" } }],
    ],
  },
  whoAmI: { good: () => ["/api/v1/session"], bad: [["/api/v1/session?x=1", "bad_query"]] },
  leave: {
    good: () => ["/api/v1/session", { method: "DELETE" }],
    status: 204,
    bad: [["/api/v1/session?x=1", "bad_query", { method: "DELETE" }]],
  },
  createToken: {
    good: () => ["/api/v1/tokens", body({ role: "operate", name: "=cmd|' /C calc'!A0", expires: "30d" })],
    status: 201,
    bad: [
      ["/api/v1/tokens", "bad_body", body({ role: "god" })],
      ["/api/v1/tokens", "bad_body", body({ role: "read", expires: "soon" })],
      ["/api/v1/tokens", "bad_body", body({ role: "read", name: "x".repeat(81) })],
      ["/api/v1/tokens", "bad_body", body({ role: "read", hash: "mine" })],
    ],
  },
  listTokens: { good: () => ["/api/v1/tokens?limit=1"], bad: [["/api/v1/tokens?cursor=1", "bad_query"]] },
  revokeToken: {
    good: ({ access }) => [`/api/v1/tokens/${access.tokens.list(undefined, 1)[0]?.id}`, { method: "DELETE" }],
    status: 204,
    bad: [
      ["/api/v1/tokens/000000000000", "unknown_token", { method: "DELETE" }],
      ["/api/v1/tokens/x", "bad_path", { method: "DELETE" }],
    ],
  },
  createLink: {
    good: () => ["/api/v1/links", { method: "POST" }],
    status: 201,
    bad: [["/api/v1/links?x=1", "bad_query", { method: "POST" }]],
  },
};

let operations: ReadonlyMap<string, Operation>;

beforeAll(async () => {
  await using server = await served();
  const document = (await server.ask("/api/v1/openapi.json")).json() as { paths: Record<string, Record<string, Operation>> };
  const all = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  operations = new Map(all.map((operation) => [operation.operationId, operation]));
});

test("every documented route has its cases, and every case its route", () => {
  expect([...operations.keys()].sort()).toEqual(Object.keys(CASES).sort());
});

test.each(Object.keys(CASES))("%s answers as its document says", async (name) => {
  await using server = await served();
  const { good, status = 200, endless } = CASES[name] as Case;
  const [path, asked] = await good(server);
  const answer = endless === true ? await beginning(server, path) : await server.ask(path, asked);
  expect([answer.status, answer.text]).toEqual([status, expect.anything()]);
  await expectDocumented(answer, operationOf(name));
});

test.each(Object.entries(CASES).flatMap(([name, { bad }]) => bad.map(([path, code, asked]) => [name, path, code, asked] as const)))(
  "%s refuses %s with %s",
  async (_name, path, code, asked) => {
    await using server = await served();
    expectProblem(await server.ask(path, asked), code);
  },
);

test.each(Object.keys(CASES))("%s lets in whom it should, and nobody else", async (name) => {
  const needed = operationOf(name)["x-role"];
  await using server = await served();
  const { good, status = 200, endless } = CASES[name] as Case;
  const statusFor = async (token: string | null) => {
    const [path, asked] = await good(server);
    const answer = endless === true ? await beginning(server, path, token) : await server.ask(path, { ...asked, token });
    if (answer.status >= 400) expect(problemSchema.safeParse(answer.json()).success).toBe(true);
    return answer.status;
  };
  for (const role of ROLES) {
    const isEnough = needed === "nothing" || covers(role, needed);
    expect([role, await statusFor(server.token(role))]).toEqual([role, isEnough ? status : 403]);
  }
  expect(await statusFor(null)).toBe(needed === "nothing" ? status : 401);
  expect(await statusFor("guess")).toBe(needed === "nothing" ? status : 401);
});

function operationOf(name: string): Operation {
  const operation = operations.get(name);
  if (operation === undefined) throw new Error(`${name} is not documented`);
  return operation;
}

function expectProblem(answer: Answer, code: string): void {
  expect(answer.type).toBe("application/problem+json; charset=utf-8");
  const problem = problemSchema.parse(answer.json());
  expect([problem.title, problem.status]).toEqual([code, answer.status]);
}

/** Status and first bytes of an answer that goes on. */
async function beginning(server: Served, path: string, token: string | null = server.token("read")): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  const answer = await open({ hostname, port, path, token });
  const text = String(await new Promise((resolve) => answer.once("data", resolve)));
  answer.destroy();
  return {
    status: answer.statusCode ?? 0,
    type: answer.headers["content-type"],
    headers: answer.headers,
    text,
    json: () => JSON.parse(text),
  };
}

/** Held against the document by a validator that knows nothing of ours: Ajv, as fastify brings it. */
async function expectDocumented(answer: Answer, { responses }: Operation): Promise<void> {
  const content = responses[String(answer.status)]?.content;
  if (answer.status === 204) return expect([content, answer.text]).toEqual([undefined, ""]);
  const media = answer.type?.split(";")[0] ?? "";
  expect(Object.keys(content ?? {})).toContain(media);
  if (media !== "application/json") return;
  const app = fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, strict: false } } });
  app.post("/", { schema: { body: content?.[media]?.schema } }, () => "fits");
  const verdict = await app.inject({ method: "POST", url: "/", headers: { "content-type": "application/json" }, body: answer.text });
  expect(verdict.body).toBe("fits");
  await app.close();
}
