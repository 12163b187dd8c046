/**
 * session-cookie: the cookie by which a browser is known (RFC 6265bis).
 *
 * HttpOnly: no script reads it. SameSite=Strict: no other site's page sends it. No Domain: this host alone. Secure
 * where a proxy says that the browser came over TLS; plain HTTP inside a home has none.
 */
import type { FastifyRequest } from "fastify";

const NAME = "tributary_session";

export function readCookie(header: string | undefined): string | undefined {
  const parts = (header ?? "").split(";").map((part) => part.trim());
  return parts.find((part) => part.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
}

/** @param seconds 0 = forget it. */
export function sessionCookie(request: FastifyRequest, secret: string, seconds: number): string {
  const isSecure = request.headers["x-forwarded-proto"] === "https";
  return `${NAME}=${secret}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
}
