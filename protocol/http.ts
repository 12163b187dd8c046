/**
 * http: what both sides hold of the HTTP servers they ask: when to ask again, and what of an address may be shown.
 */

/** Answers that ask for patience (RFC 9110, RFC 6585, RFC 8470). */
const PATIENCE = new Set([408, 425, 429]);

/** Is it the server's trouble of this moment, so that asking again later may help? */
export function mayPass(status: number): boolean {
  return status >= 500 || PATIENCE.has(status);
}

/** An address for messages and logs: without the query, which may hold a key. */
export function withoutQuery(address: URL | string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}
