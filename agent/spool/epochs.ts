/**
 * epochs: the lives of a spool, each with a count of batches of its own (rules 1 to 3 of protocol/SPEC.md).
 *
 * A spool whose past is in doubt (salvaged, rolled back, moved to another device) starts a new one, so that no seq
 * ever names two batches.
 */
import type { Database } from "better-sqlite3";
import { bug, type EpochId, epochId, type HelloEpoch, LIMITS, type Random } from "../../protocol/index.ts";

/** "offered" runs ahead in steps, so that a backlog does not cost a sync a batch. */
const OFFER_STEP = 64;

export interface Epoch {
  /** Epochs are sent in the order of their making. */
  readonly id: number;
  readonly epoch: EpochId;
  /** The highest seq that was given; 0 = none. */
  readonly sealed: number;
  readonly nextSeq: number;
  /** Why it was started. */
  readonly origin: string;
}

const EPOCH = "SELECT id, epoch, next_seq - 1 AS sealed, next_seq AS nextSeq, origin FROM epoch";

export class Epochs {
  readonly #db: Database;
  readonly #random: Random;

  constructor(db: Database, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  /** Starts a new one: batches sealed from now on count from 1 again (rule 1). */
  mint(origin: string): EpochId {
    const epoch = epochId(this.#random.bytes(8));
    this.#db.prepare("INSERT INTO epoch (epoch, origin) VALUES (?, ?)").run(epoch, origin);
    return epoch;
  }

  current(): Epoch {
    const row = this.#db.prepare(`${EPOCH} ORDER BY id DESC LIMIT 1`).get() as Epoch | undefined;
    return row ?? bug("a spool without an epoch");
  }

  /** Oldest first. */
  all(): Epoch[] {
    return this.#db.prepare(`${EPOCH} ORDER BY id`).all() as Epoch[];
  }

  /** The next seq is taken. Runs inside the transaction that seals. */
  advance(id: number): void {
    this.#db.prepare("UPDATE epoch SET next_seq = next_seq + 1 WHERE id = ?").run(id);
  }

  /** Makes durable that this batch may be published from now on. */
  offer({ epoch, seq }: { readonly epoch: EpochId; readonly seq: number }): void {
    this.#db.prepare("UPDATE epoch SET offered = ? WHERE epoch = ? AND offered < ?").run(seq + OFFER_STEP, epoch, seq);
  }

  /** The newest, oldest first, for the hello. */
  ranges(): HelloEpoch[] {
    const oldest = this.#db.prepare("SELECT MIN(seq) FROM batch WHERE epoch = ?").pluck();
    return this.all()
      .slice(-LIMITS.epochsPerHello)
      .map(({ id, epoch, sealed, nextSeq }) => ({ epoch, from: (oldest.get(id) as number | null) ?? nextSeq, to: sealed }));
  }
}
