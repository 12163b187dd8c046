/**
 * session: how a browser gets in by a one-use link, who it is then, and how it leaves.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { epochMicros, Fault, isoInstant, MICROS_PER_DAY, MICROS_PER_SECOND, micros } from "../../protocol/index.ts";
import { ROLES } from "../access/roles.ts";
import type { NewToken } from "../access/tokens.ts";
import { badToken, failed } from "./door.ts";
import type { HttpParts } from "./parts.ts";
import { addRoute } from "./route.ts";
import { sessionCookie } from "./session-cookie.ts";

/** Of a session; one that was got for a token ends with the token at the latest. */
const LIFETIME = micros(30 * MICROS_PER_DAY);

const SECRET = z.string().min(1).max(100);

const who = z.strictObject({
  role: z.enum(ROLES),
  name: z.string(),
  by: z.enum(["control_socket", "loopback", "token", "session"]),
});

const entered = z.strictObject({ role: z.enum(ROLES), expires: z.string() });

export function addSession(app: FastifyInstance, parts: HttpParts): void {
  const { tokens } = parts;
  addRoute(app, {
    method: "POST",
    path: "/api/v1/session",
    needs: "nothing",
    operationId: "enter",
    summary: "Exchanges the code of a one-use link (role read), or a token (its role), for a session cookie of 30 days",
    body: z.union([z.strictObject({ code: SECRET.describe("what stands behind the # of the link") }), z.strictObject({ token: SECRET })], {
      error: "expected the code of a link or a token",
    }),
    answer: { status: 201, description: "The cookie is set", content: { "application/json": entered } },
    handle: ({ body, request, reply }) => {
      const session = "code" in body ? byLink(body.code, parts) : byToken(body.token, parts);
      if (session === undefined) throw failed(request, reply, parts, "code" in body ? badLink() : badToken());
      const { secret, token } = tokens.create(session);
      reply.code(201).header("set-cookie", sessionCookie(request, secret, Math.floor((session.lifetime ?? 0) / MICROS_PER_SECOND)));
      return { role: token.role, expires: isoInstant(epochMicros(token.createdAt + (session.lifetime ?? 0))) };
    },
  });
  addRoute(app, {
    method: "GET",
    path: "/api/v1/session",
    needs: "read",
    operationId: "whoAmI",
    summary: "As whom the collector sees who asks",
    answer: { status: 200, description: "Role and name", content: { "application/json": who } },
    handle: ({ request: { identity } }) => ({ role: identity?.role, name: identity?.name, by: identity?.by }),
  });
  addRoute(app, {
    method: "DELETE",
    path: "/api/v1/session",
    needs: "read",
    operationId: "leave",
    summary: "Ends the session of the cookie, for good; a token stays",
    answer: { status: 204, description: "The session is over", content: {} },
    handle: ({ request, reply }) => {
      const { identity } = request;
      if (identity?.by === "session" && identity.id !== undefined) tokens.revoke(identity.id);
      return reply
        .header("set-cookie", sessionCookie(request, "", 0))
        .code(204)
        .send();
    },
  });
}

function byLink(code: string, { links }: HttpParts): NewToken | undefined {
  return links.use(code) ? { kind: "session", role: "read", name: "by link", lifetime: LIFETIME } : undefined;
}

function byToken(secret: string, { tokens, clock }: HttpParts): NewToken | undefined {
  const token = tokens.find(secret);
  if (token?.kind !== "token") return undefined;
  const left = token.expiresAt === undefined ? LIFETIME : micros(Math.min(LIFETIME, token.expiresAt - clock.wall()));
  return { kind: "session", role: token.role, name: token.name, lifetime: left, parent: token.id };
}

function badLink(): Fault {
  return new Fault("bad_link", "expected the code of a link that was not used yet and is not older than ten minutes", {
    hint: "make another with: tributary-collector link",
  });
}
