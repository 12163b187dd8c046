/**
 * secrets: 256 random bits as text, and the hash under which they are kept.
 *
 * A plain SHA-256 is enough: such a secret cannot be guessed, so there is nothing that a slow hash would slow down.
 * What is looked up is the hash, so the time of a look-up tells nothing of a secret.
 */
import { createHash } from "node:crypto";
import type { Random } from "../../protocol/index.ts";

const BYTES = 32;

/** 43 letters, digits, `-` and `_`. */
export function freshSecret(random: Random): string {
  return Buffer.from(random.bytes(BYTES)).toString("base64url");
}

export function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
