/**
 * The served document is OpenAPI 3.1 in its structure, and says of every route what its callers need.
 */
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { z } from "zod";
import { served } from "./http-bench.ts";

/** The part of OpenAPI 3.1.0 (section 4) that the document uses; strict, so nothing else may stand in it. */
const jsonSchema = z.record(z.string(), z.unknown());
const content = z.record(z.string().regex(/^[a-z]+\/[a-z0-9.+-]+$/), z.strictObject({ schema: jsonSchema }));
const response = z.strictObject({ description: z.string().min(1), content: content.optional() });
const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z][A-Za-z]+$/),
  summary: z.string().min(1),
  "x-role": z.enum(["nothing", "read", "operate", "admin"]),
  security: z.array(z.partialRecord(z.enum(["token", "session"]), z.array(z.string()))),
  parameters: z
    .array(
      z.strictObject({
        in: z.enum(["query", "path"]),
        name: z.string(),
        required: z.boolean(),
        description: z.string().optional(),
        schema: jsonSchema,
      }),
    )
    .optional(),
  requestBody: z.strictObject({ required: z.literal(true), content }).optional(),
  responses: z.record(z.string().regex(/^([1-5]\d\d|[45]XX)$/), response),
});
const document = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.string(), description: z.string() })),
  components: z.strictObject({ schemas: z.strictObject({}), securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })) }),
  paths: z.record(z.string().startsWith("/"), z.partialRecord(z.enum(["get", "post", "delete"]), operation)),
});

async function served31(): Promise<z.infer<typeof document>> {
  await using server = await served();
  return document.parse((await server.ask("/api/v1/openapi.json")).json());
}

test("the document has the structure of OpenAPI 3.1, and nothing of ours is left out", async () => {
  const { paths } = await served31();
  expect(Object.keys(paths).sort()).toEqual([
    ...[
      "/api/v1/accounting",
      "/api/v1/agents",
      "/api/v1/agents/{agent}/replace",
      "/api/v1/last",
      "/api/v1/links",
      "/api/v1/live",
      "/api/v1/openapi.json",
    ],
    ...["/api/v1/report/{report}", "/api/v1/samples", "/api/v1/series", "/api/v1/session", "/api/v1/status"],
    ...["/api/v1/tokens", "/api/v1/tokens/{id}", "/healthz"],
  ]);
});

test("the official schema of OpenAPI 3.1 takes the document", async () => {
  await using server = await served();
  const validator = new Validator();
  const whole = (await server.ask("/api/v1/openapi.json")).json() as Record<string, unknown>;
  expect(await validator.validate(structuredClone(whole))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
  expect((await validator.validate({ ...whole, paths: { nowhere: {} } })).valid).toBe(false);
});

test("operations have names of their own, the parameters of their path, a success and its problems", async () => {
  const { paths } = await served31();
  const all = Object.entries(paths).flatMap(([path, methods]) => Object.values(methods).map((each) => ({ path, ...each })));
  expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
  for (const { path, operationId, parameters = [], responses, security, "x-role": role } of all) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const documented = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
    expect([operationId, documented]).toEqual([operationId, inPath]);
    expect(Object.keys(responses).filter((status) => status.startsWith("2"))).toHaveLength(1);
    expect(responses["4XX"]?.content).toHaveProperty(["application/problem+json"]);
    expect([operationId, security.length > 0]).toEqual([operationId, role !== "nothing"]);
  }
});

test("every list has a limit with an upper bound, and a cursor", async () => {
  const { paths } = await served31();
  const lists = Object.values(paths).flatMap((methods) =>
    Object.values(methods).filter(({ operationId }) => operationId.startsWith("list")),
  );
  const bounded = lists.filter(({ operationId }) => operationId !== "listenLive");
  expect(bounded.map(({ operationId }) => operationId).sort()).toEqual([
    "listAccounts",
    "listAgents",
    "listSamples",
    "listSeries",
    "listTokens",
  ]);
  for (const { parameters = [] } of bounded) {
    const named = new Map(parameters.map((parameter) => [parameter.name, parameter.schema]));
    expect(named.has("cursor")).toBe(true);
    expect(named.get("limit")).toMatchObject({ type: "integer", minimum: 1, maximum: expect.any(Number) });
  }
});
