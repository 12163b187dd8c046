/**
 * route: one thing that can be asked. What checks a request is what the OpenAPI document shows of it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { Fault } from "../../protocol/index.ts";
import type { Needed } from "./door.ts";
import { PROBLEM_TYPE, problemSchema } from "./problems.ts";

/** Nothing can be asked. */
const NOTHING = z.strictObject({});

/** What a route answers with when all is well. */
export interface Answer {
  readonly status: 200 | 201 | 204;
  readonly description: string;
  /** By media type; none = no body. */
  readonly content: Readonly<Record<string, z.ZodType>>;
}

export interface Asked<Query, Params, Body> {
  readonly query: Query;
  readonly params: Params;
  readonly body: Body;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface Route<Query extends z.ZodType, Params extends z.ZodType, Body extends z.ZodType> {
  readonly method: "GET" | "POST" | "DELETE";
  /** `/api/v1/report/:report` */
  readonly path: string;
  readonly needs: Needed;
  /** Unique, camelCase: clients are generated from it. */
  readonly operationId: string;
  readonly summary: string;
  readonly query?: Query;
  readonly params?: Params;
  readonly body?: Body;
  readonly answer: Answer;
  /** What it returns is sent; a reply that was sent already is returned. */
  handle(asked: Asked<z.output<Query>, z.output<Params>, z.output<Body>>): unknown;
}

type Nothing = typeof NOTHING;

export function addRoute<Query extends z.ZodType = Nothing, Params extends z.ZodType = Nothing, Body extends z.ZodType = Nothing>(
  app: FastifyInstance,
  route: Route<Query, Params, Body>,
): void {
  const { method, path: url, needs, handle } = route;
  const { query = NOTHING, params = NOTHING, body } = route;
  app.route({
    method,
    url,
    config: { needs },
    schema: documented(route),
    handler: (request, reply) =>
      handle({
        query: checked("query", query, request.query) as z.output<Query>,
        params: checked("path", params, request.params) as z.output<Params>,
        body: (body === undefined ? undefined : checked("body", body, request.body)) as z.output<Body>,
        request,
        reply,
      }),
  });
}

/** @throws Fault `bad_query`, `bad_path`, `bad_body` that names the key. */
function checked(part: "query" | "path" | "body", schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  throw new Fault(`bad_${part}`, `${part}${where === "" ? "" : `, ${where}`}: ${issue?.message ?? "expected another one"}`, {
    hint: schema === NOTHING ? `this takes no ${part}` : hintOf(schema),
  });
}

function hintOf(schema: z.ZodType): string {
  return schema instanceof z.ZodObject ? `use ${Object.keys(schema.shape).join(", ")}, each at most once` : "see /api/v1/openapi.json";
}

type Documented = Route<z.ZodType, z.ZodType, z.ZodType>;

function documented({ operationId, summary, needs, query, params, body, answer }: Omit<Documented, "handle">): object {
  const problem = { [PROBLEM_TYPE]: { schema: jsonSchema(problemSchema, "output") } };
  const content = Object.entries(answer.content).map(([type, schema]) => [type, { schema: jsonSchema(schema, "output") }]);
  return {
    operationId,
    summary,
    "x-role": needs,
    security: needs === "nothing" ? [] : [{ token: [] }, { session: [] }],
    ...(query !== undefined && { querystring: jsonSchema(query, "input") }),
    ...(params !== undefined && { params: jsonSchema(params, "input") }),
    ...(body !== undefined && { body: jsonSchema(body, "input") }),
    response: {
      [answer.status]:
        content.length === 0
          ? { type: "null", description: answer.description }
          : { description: answer.description, content: Object.fromEntries(content) },
      "4XX": { description: "What was wrong with the request, and what to do", content: problem },
      "5XX": { description: "What is wrong with the collector or its machine", content: problem },
    },
  };
}

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
