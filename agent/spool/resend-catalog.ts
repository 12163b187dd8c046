/**
 * resend-catalog: what goes to a collector that does not know a catalog (nack `catalog`, or its answer to the hello).
 *
 * One that still waits for its ack goes as it is: a link that comes and goes does not seal another one each time, for
 * the quota never drops a catalog. Else it is sealed once more. Where this spool has it nowhere, its row was lost with
 * a page of the card: what was sealed under it can be read by nobody any more, and is set aside with gaps (`corrupt`).
 */
import { catalogHash, isFault, NO_CATALOG, openBody, type ParsedBatch, parseBatch } from "../../protocol/index.ts";
import { ACKED, type BatchInfo, INFO, PENDING, type SpoolFile } from "./spool-file.ts";

type Stored = BatchInfo & { readonly bytes: Uint8Array };

const STORED = INFO.replace("b.size", "b.size, b.bytes");

/** @returns undefined where this spool never had it, or has it no more. */
export function resendCatalog(spool: SpoolFile, ref: string, now: number): BatchInfo | undefined {
  return spool.transaction(() => {
    const waiting = first(catalogBatches(spool, ref, PENDING));
    if (waiting !== undefined) return waiting.info;
    const body = keptBody(spool, ref) ?? first(catalogBatches(spool, ref, ACKED))?.body;
    if (body !== undefined) return spool.insert("catalog", 0, NO_CATALOG, body, now);
    spool.setAside(sealedUnder(spool, ref), now);
    return undefined;
  });
}

function keptBody(spool: SpoolFile, ref: string): Uint8Array | undefined {
  return spool.db.prepare("SELECT body FROM catalog WHERE substr(hash, 1, 8) = ? LIMIT 1").pluck().get(ref) as Uint8Array | undefined;
}

/** Sound batches of this very catalog, in the order of the stream. */
function* catalogBatches(spool: SpoolFile, ref: string, state: number): Generator<{ readonly info: BatchInfo; readonly body: Uint8Array }> {
  const select = spool.db.prepare(`${STORED} WHERE b.state = ${state} AND b.kind = 'catalog' ORDER BY b.epoch, b.seq`);
  for (const { bytes, ...info } of select.iterate() as IterableIterator<Stored>) {
    const parsed = parsedOf(bytes);
    if (parsed === undefined || parsed.header.hash !== info.hash) continue;
    const body = openBody(parsed);
    if (catalogHash(body).startsWith(ref)) yield { info, body };
  }
}

/** Pending data that refers to this catalog. */
function sealedUnder(spool: SpoolFile, ref: string): BatchInfo[] {
  const pending = spool.db.prepare(`${STORED} WHERE b.state = ${PENDING} AND b.kind = 'data' ORDER BY b.epoch, b.seq`);
  const found: BatchInfo[] = [];
  for (const { bytes, ...info } of pending.iterate() as IterableIterator<Stored>) {
    if (parsedOf(bytes)?.header.catalog === ref) found.push(info);
  }
  return found;
}

/** Undefined where the bytes are damaged, which is found out for good when they are to be sent. */
function parsedOf(bytes: Uint8Array): ParsedBatch | undefined {
  try {
    return parseBatch(bytes);
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

/** The generator is closed with it, and with that the statement behind it. */
function first<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item;
  return undefined;
}
