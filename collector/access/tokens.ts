/**
 * tokens: who may ask the collector over the network, kept as hashes in its data file.
 *
 * - A secret is shown once, when it is made; what is kept cannot be turned back into it.
 * - A session is a token that a browser got for a one-use link: same table, same end by expiry or revocation.
 * - Revoked tokens stay in the list, so that it can be seen who had access; sessions that are over are swept out.
 */
import type { Database } from "better-sqlite3";
import { type Clock, type EpochMicros, epochMicros, Fault, type Micros, type Random, toHex } from "../../protocol/index.ts";
import type { Role } from "./roles.ts";
import { freshSecret, hashOf } from "./secrets.ts";

export interface TokenInfo {
  /** Names it in lists and to revoke it; no secret. */
  readonly id: string;
  readonly kind: "token" | "session";
  readonly role: Role;
  readonly name: string;
  readonly createdAt: EpochMicros;
  /** undefined = never. */
  readonly expiresAt: EpochMicros | undefined;
  readonly revokedAt: EpochMicros | undefined;
}

export interface NewToken {
  readonly kind: TokenInfo["kind"];
  readonly role: Role;
  readonly name: string;
  /** undefined = for ever. */
  readonly lifetime: Micros | undefined;
  /** Of a session: the token that it was got for; it ends with it. */
  readonly parent?: string;
}

export interface TokensOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: Random;
}

/** Begins every token, so that scanners for leaked secrets can find one. */
const PREFIX = "tributary_";
/** Of each kind, at one time. */
const MOST = 1_000;

interface Row {
  readonly id: string;
  readonly kind: TokenInfo["kind"];
  readonly role: Role;
  readonly name: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

export class Tokens {
  readonly #options: TokensOptions;

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** @throws Fault `too_many_tokens`. @returns the secret: it is to be had here and never again. */
  create({ kind, role, name, lifetime, parent }: NewToken): { readonly secret: string; readonly token: TokenInfo } {
    const { db, clock, random } = this.#options;
    const now = clock.wall();
    this.#sweep(kind, now);
    const secret = PREFIX + freshSecret(random);
    const id = toHex(random.bytes(6));
    db.prepare("INSERT INTO access_token VALUES (@id, @kind, @hash, @role, @name, @now, @expires, NULL, @parent)").run({
      ...{ id, kind, hash: hashOf(secret), role, name, now },
      expires: lifetime === undefined ? null : now + lifetime,
      parent: parent ?? null,
    });
    return { secret, token: infoOf(db.prepare("SELECT * FROM access_token WHERE id = ?").get(id) as Row) };
  }

  /** Whose secret this is; undefined where it is nobody's, revoked or expired. */
  find(secret: string): TokenInfo | undefined {
    const row = this.#options.db.prepare("SELECT * FROM access_token WHERE hash = ?").get(hashOf(secret)) as Row | undefined;
    if (row === undefined || row.revoked_at !== null) return undefined;
    return row.expires_at !== null && row.expires_at <= this.#options.clock.wall() ? undefined : infoOf(row);
  }

  /** Does it still open anything? For an answer that goes on for hours. */
  isGood(id: string): boolean {
    const good = "SELECT 1 FROM access_token WHERE id = ? AND revoked_at IS NULL AND COALESCE(expires_at > ?, 1)";
    return this.#options.db.prepare(good).get(id, this.#options.clock.wall()) !== undefined;
  }

  /** Oldest first; `after` is the id of the last one before. */
  list(after: string | undefined, limit: number): TokenInfo[] {
    const behind = "(created_at, id) > (SELECT created_at, id FROM access_token WHERE id = @after)";
    const rows = this.#options.db
      .prepare(`SELECT * FROM access_token ${after === undefined ? "" : `WHERE ${behind}`} ORDER BY created_at, id LIMIT @limit`)
      .all(after === undefined ? { limit } : { after, limit });
    return (rows as Row[]).map(infoOf);
  }

  /** From now on it opens nothing, nor do the sessions that were got for it. Twice is once. @throws Fault `unknown_token`. */
  revoke(id: string): void {
    const { db, clock } = this.#options;
    const { changes } = db
      .prepare("UPDATE access_token SET revoked_at = COALESCE(revoked_at, @now) WHERE @id IN (id, parent)")
      .run({ id, now: clock.wall() });
    if (changes === 0) throw unknownToken(id);
  }

  /** Was there ever a token that decides about access? */
  hasHadAdmin(): boolean {
    return this.#options.db.prepare("SELECT 1 FROM access_token WHERE role = 'admin'").get() !== undefined;
  }

  /** Sessions that are over go; the oldest of too many go; tokens are never swept. */
  #sweep(kind: TokenInfo["kind"], now: EpochMicros): void {
    const { db } = this.#options;
    if (kind === "session") {
      db.prepare("DELETE FROM access_token WHERE kind = 'session' AND (revoked_at IS NOT NULL OR expires_at <= ?)").run(now);
      db.prepare(
        `DELETE FROM access_token WHERE id IN
           (SELECT id FROM access_token WHERE kind = 'session' ORDER BY created_at DESC LIMIT -1 OFFSET ${MOST - 1})`,
      ).run();
      return;
    }
    const count = db
      .prepare("SELECT COUNT(*) FROM access_token WHERE kind = 'token' AND revoked_at IS NULL AND COALESCE(expires_at > ?, 1)")
      .pluck()
      .get(now) as number;
    if (count >= MOST) throw tooMany();
  }
}

function infoOf({ id, kind, role, name, created_at, expires_at, revoked_at }: Row): TokenInfo {
  const [createdAt, expiresAt, revokedAt] = [epochMicros(created_at), instantOrNone(expires_at), instantOrNone(revoked_at)];
  return { id, kind, role, name, createdAt, expiresAt, revokedAt };
}

function instantOrNone(at: number | null): EpochMicros | undefined {
  return at === null ? undefined : epochMicros(at);
}

function unknownToken(id: string): Fault {
  return new Fault("unknown_token", `expected the id of a token, got ${JSON.stringify(id.slice(0, 40))}`, {
    hint: "tributary-collector token list shows the ids",
  });
}

function tooMany(): Fault {
  return new Fault("too_many_tokens", `expected fewer than ${MOST} tokens that are not revoked`, {
    hint: "revoke what nobody uses: tributary-collector token list, then token revoke ID",
  });
}
