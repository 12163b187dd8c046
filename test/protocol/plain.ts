/**
 * plain: what the codec gives, as the values that JSON can say: typed arrays as arrays, nothing that is undefined.
 * -0 stays -0, so that a comparison can be exact to the bit.
 */
import { type BatchHeader, decodeCatalog, decodeDataBody, decodeGaps, openBody, parseBatch } from "../../protocol/index.ts";

export function plain(value: unknown): unknown {
  if (value instanceof Float64Array || value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, entry]) => (entry === undefined ? [] : [[key, plain(entry)]])));
}

export type BodyOf = ReturnType<typeof decodeDataBody> | ReturnType<typeof decodeGaps> | ReturnType<typeof decodeCatalog>;

/** A batch as the product reads it, header and body. */
export function readBatch(payload: Uint8Array): { readonly header: BatchHeader; readonly body: BodyOf } {
  const parsed = parseBatch(payload);
  const body = openBody(parsed);
  const { kind, count } = parsed.header;
  if (kind === "data") return { header: parsed.header, body: decodeDataBody(body, count) };
  return { header: parsed.header, body: kind === "gap" ? decodeGaps(body) : decodeCatalog(body) };
}
