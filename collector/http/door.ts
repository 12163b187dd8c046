/**
 * door: who is let in, before anything else is done for him.
 *
 * - The control socket is guarded by its file mode: who can connect is admin.
 * - On the network, in this order: the sender's network (`http_from`), the name he asks for, the length of the
 *   address, then a token (`Authorization: Bearer`) or the cookie of a session. A wrong one is refused, not ignored.
 * - Loopback without a token only if the config says so, and then only to read, and never for what a proxy passes
 *   on: who stands behind it is not known.
 * - A browser sends its cookie with whatever a page of the same host asks for, also of another port. So what changes
 *   something must say that it comes from our own page (Sec-Fetch-Site; Origin where a browser does not send it).
 * - Where the request came in over loopback it must name a loopback host: a page in a browser that made its own
 *   name point to this machine gets nothing. On other addresses nothing is answered without a secret, and a browser
 *   sends no cookie to a name that did not set it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Fault } from "../../protocol/index.ts";
import { covers, type Role } from "../access/roles.ts";
import type { HttpAccess } from "../config/config.ts";
import { isFrom, isLoopbackAddress, isLoopbackHost } from "./networks.ts";
import type { HttpParts } from "./parts.ts";
import { readCookie, sessionCookie } from "./session-cookie.ts";

export interface Identity {
  readonly role: Role;
  readonly name: string;
  readonly by: "control_socket" | "loopback" | "token" | "session";
  /** Of the token or session. */
  readonly id: string | undefined;
}

/** What a route asks of its caller. */
export type Needed = Role | "nothing";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Of routes of the API; undefined = the page's files, which are nobody's secret. */
    readonly needs?: Needed;
  }
  interface FastifyRequest {
    /** undefined = nobody known. */
    identity: Identity | undefined;
  }
}

const LONGEST_URL = 4_096;

/** @param policy undefined = the control socket. */
export function addDoor(app: FastifyInstance, parts: HttpParts, policy: HttpAccess | undefined): void {
  app.decorateRequest("identity", undefined);
  app.addHook("onRequest", async (request, reply) => {
    if (policy !== undefined) checkSender(request, policy);
    if (request.url.length > LONGEST_URL) throw tooLong(request.url.length);
    const needed = request.routeOptions.config?.needs;
    if (needed === undefined || needed === "nothing") return;
    request.identity = policy === undefined ? CONTROL : identify(request, reply, parts, policy);
    checkRole(request.identity, needed);
  });
}

const CONTROL: Identity = { role: "admin", name: "control socket", by: "control_socket", id: undefined };
const LOOPBACK: Identity = { role: "read", name: "loopback", by: "loopback", id: undefined };

function checkSender(request: FastifyRequest, { from }: HttpAccess): void {
  if (!isFrom(from, request.ip)) throw forbiddenNetwork(request.ip);
  const isHere = isLoopbackAddress(request.socket.localAddress ?? "");
  if (isHere && !isLoopbackHost(request.hostname)) throw wrongHost(request.hostname);
}

function identify(request: FastifyRequest, reply: FastifyReply, parts: HttpParts, policy: HttpAccess): Identity | undefined {
  const bearer = bearerOf(request.headers.authorization);
  const secret = bearer ?? readCookie(request.headers.cookie);
  if (secret === undefined) return policy.withoutToken === "loopback" && isOfThisMachine(request) ? LOOPBACK : undefined;
  const token = parts.tokens.find(secret);
  const kind = bearer === undefined ? "session" : "token";
  if (token?.kind === kind) {
    if (kind === "session" && request.method !== "GET" && !isOfOwnPage(request)) throw crossSite();
    return { role: token.role, name: token.name, by: kind, id: token.id };
  }
  if (kind === "session") reply.header("set-cookie", sessionCookie(request, "", 0)); // the next request goes without it
  throw failed(request, reply, parts, badToken());
}

/** Counts a wrong secret against its sender; the fault is `why`, or that he must wait. */
export function failed(request: FastifyRequest, reply: FastifyReply, { failures }: HttpParts, why: Fault): Fault {
  const wait = failures.fail(request.ip);
  if (wait === 0) return why;
  reply.header("retry-after", String(wait));
  return new Fault("too_many_failures", "expected fewer wrong secrets from one address", { hint: `wait ${wait} s` });
}

function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return /^bearer +(?<secret>\S+) *$/i.exec(header)?.groups?.secret ?? "";
}

function isOfThisMachine({ ip, headers }: FastifyRequest): boolean {
  const passedOn = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"].some((name) => headers[name] !== undefined);
  return isLoopbackAddress(ip) && !passedOn;
}

function isOfOwnPage({ headers }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin";
  const origin = URL.parse(headers.origin ?? "")?.host;
  return origin !== undefined && (origin === headers.host || origin === headers["x-forwarded-host"]);
}

function checkRole(identity: Identity | undefined, needed: Role): void {
  if (identity === undefined) {
    throw new Fault("no_access", `expected a token with the role ${needed} or more, got none`, {
      hint: "tributary-collector token create makes one (send it as Authorization: Bearer ...), tributary-collector link opens the page",
    });
  }
  if (covers(identity.role, needed)) return;
  throw new Fault("forbidden_role", `expected a token with the role ${needed} or more, got one with the role ${identity.role}`, {
    hint: `make one with: tributary-collector token create --role ${needed}`,
  });
}

export function badToken(): Fault {
  return new Fault("bad_token", "expected a token that is known, not revoked and not expired, got another", {
    hint: "tributary-collector token list shows which there are",
  });
}

function crossSite(): Fault {
  return new Fault("cross_site", "expected a request of the collector's own page, got one of another page", {
    hint: "programs use a token: Authorization: Bearer ...",
  });
}

function forbiddenNetwork(address: string): Fault {
  return new Fault("forbidden_network", `expected a request from a network that http_from allows, got one from ${address}`, {
    hint: "use a tunnel (WireGuard, SSH), or set http_from in the collector's config",
  });
}

function wrongHost(host: string): Fault {
  return new Fault("wrong_host", `expected a request to localhost or 127.0.0.1, got one to ${JSON.stringify(host.slice(0, 100))}`, {
    hint: "open it as http://127.0.0.1; a reverse proxy on this machine passes on Host: localhost",
  });
}

function tooLong(length: number): Fault {
  return new Fault("uri_too_long", `expected an address of at most ${LONGEST_URL} characters, got ${length}`, {
    hint: "use patterns instead of a list of names",
  });
}
