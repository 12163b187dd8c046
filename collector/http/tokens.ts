/**
 * tokens: who has access is decided here, by an admin: on the control socket, or with a token of that role.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { duration, isoInstant } from "../../protocol/index.ts";
import { ROLES } from "../access/roles.ts";
import type { TokenInfo } from "../access/tokens.ts";
import { type List, limitUpTo, listAnswer, listFormat, sendList } from "./list.ts";
import type { HttpParts } from "./parts.ts";
import { addRoute } from "./route.ts";

const row = z.strictObject({
  id: z.string(),
  kind: z.enum(["token", "session"]),
  role: z.enum(ROLES),
  name: z.string(),
  created: z.string(),
  expires: z.string().nullable(),
  revoked: z.string().nullable(),
});

const list: List = { name: "tokens", row };

const newToken = z.strictObject({
  role: z.enum(ROLES),
  name: z.string().max(80).default("").describe("for people: who or what has it"),
  expires: z.string().max(20).pipe(duration()).optional().describe("how long it is good, like 30d; without it for ever"),
});

const MOST = 1_000;
const ID = z.string().regex(/^[0-9a-f]{12}$/, "expected the id of a token");

export function addTokens(app: FastifyInstance, { tokens, links }: HttpParts): void {
  addRoute(app, {
    method: "POST",
    path: "/api/v1/tokens",
    needs: "admin",
    operationId: "createToken",
    summary: "Makes a token; its secret is in this answer and nowhere else",
    body: newToken,
    answer: { status: 201, description: "The token", content: { "application/json": row.extend({ secret: z.string() }) } },
    handle: ({ body: { role, name, expires: lifetime }, reply }) => {
      const { secret, token } = tokens.create({ kind: "token", role, name, lifetime });
      reply.code(201);
      return { ...rowOf(token), secret };
    },
  });
  addRoute(app, {
    method: "GET",
    path: "/api/v1/tokens",
    needs: "admin",
    operationId: "listTokens",
    summary: "Tokens and sessions, oldest first, revoked ones too",
    query: z.strictObject({ cursor: ID.optional(), limit: limitUpTo(MOST), format: listFormat }),
    answer: listAnswer(list, "A page of tokens, without their secrets"),
    handle: ({ query: { cursor, limit, format }, request, reply }) => {
      const found = tokens.list(cursor, limit + 1);
      const page = found.slice(0, limit);
      const next = found.length > limit ? (page.at(-1)?.id ?? null) : null;
      return sendList(list, { rows: page.map(rowOf), next }, { request, reply, format });
    },
  });
  addRoute(app, {
    method: "DELETE",
    path: "/api/v1/tokens/:id",
    needs: "admin",
    operationId: "revokeToken",
    summary: "From now on it opens nothing",
    params: z.strictObject({ id: ID }),
    answer: { status: 204, description: "It is revoked", content: {} },
    handle: ({ params: { id }, reply }) => {
      tokens.revoke(id);
      return reply.code(204).send();
    },
  });
  addRoute(app, {
    method: "POST",
    path: "/api/v1/links",
    needs: "admin",
    operationId: "createLink",
    summary: "Makes a link that lets one browser in, once, within ten minutes (role read)",
    answer: {
      status: 201,
      description: "The code, to be put behind # of the page's address",
      content: { "application/json": z.strictObject({ code: z.string(), expires: z.string() }) },
    },
    handle: ({ reply }) => {
      const { code, expiresAt } = links.create();
      reply.code(201);
      return { code, expires: isoInstant(expiresAt) };
    },
  });
}

function rowOf({ id, kind, role, name, createdAt, expiresAt, revokedAt }: TokenInfo): z.infer<typeof row> {
  const instant = (at: TokenInfo["expiresAt"]) => (at === undefined ? null : isoInstant(at));
  return { id, kind, role, name, created: isoInstant(createdAt), expires: instant(expiresAt), revoked: instant(revokedAt) };
}
