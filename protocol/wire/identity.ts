/**
 * identity: the names a batch goes by, as lower-case hex of their bytes.
 */
import { createHash } from "node:crypto";
import { toHex } from "../bytes.ts";

declare const brand: unique symbol;

/** 8 random bytes: which spool counted a seq. Never derived from clock, host name or config. */
export type EpochId = string & { readonly [brand]: "EpochId" };
/** First 8 bytes of SHA-256 over a batch as published, its hash field zero. */
export type BatchHash = string & { readonly [brand]: "BatchHash" };
/** First 8 bytes of SHA-256 over an encoded catalog. */
export type CatalogHash = string & { readonly [brand]: "CatalogHash" };
/** First 4 bytes of a CatalogHash: what a batch header has room for. */
export type CatalogRef = string & { readonly [brand]: "CatalogRef" };

export const EPOCH_BYTES = 8;
export const HASH_BYTES = 8;
export const CATALOG_REF_BYTES = 4;

/** The reference of batches that name no series: gaps and catalogs. */
export const NO_CATALOG = "00000000" as CatalogRef;

export function epochId(bytes: Uint8Array): EpochId {
  return toHex(bytes) as EpochId;
}

export function catalogHash(bytes: Uint8Array): CatalogHash {
  return sha256Prefix(bytes) as CatalogHash;
}

export function catalogRef(hash: CatalogHash): CatalogRef {
  return hash.slice(0, CATALOG_REF_BYTES * 2) as CatalogRef;
}

/** First 8 bytes of SHA-256, as hex. */
export function sha256Prefix(...parts: readonly Uint8Array[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest("hex").slice(0, HASH_BYTES * 2);
}
