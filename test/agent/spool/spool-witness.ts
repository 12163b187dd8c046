/**
 * spool-witness: an outsider who reads the spool's file, remembers all he ever saw, and says what must not be.
 *
 * He knows nothing of the product's state: he opens the file read-only, decodes each batch once, and compares with
 * what the world committed. Every committed reading must be in exactly one place, seqs run on without a break, the
 * bytes of a seq never change, and a batch is gone only with an ack or a gap in its place.
 */
import Database from "better-sqlite3";
import { expect } from "vitest";
import { decodeOpenRow, type OpenRow } from "../../../agent/spool/open-row.ts";
import {
  decodeDataBody,
  decodeGaps,
  type Frame,
  frameCount,
  type Gap,
  imbalance,
  openBody,
  parseBatch,
  type SampleFrame,
  toHex,
} from "../../../protocol/index.ts";
import { type SpoolWorld, WINDOWED_SERIES } from "./spool-world.ts";

export interface SeenBatch {
  readonly epoch: string;
  readonly epochOrder: number;
  readonly seq: number;
  readonly kind: string;
  readonly hash: string;
  readonly count: number;
  readonly state: number;
  readonly bytes: Uint8Array;
}

const keyOf = ({ epoch, seq }: { readonly epoch: string; readonly seq: number }) => `${epoch}/${seq}`;

export class SpoolWitness {
  readonly #world: SpoolWorld;
  /** Every batch ever seen, by key, as it was seen first. */
  readonly seen = new Map<string, SeenBatch>();
  readonly #frames = new Map<string, readonly Frame[]>();
  /** First declaration of each gap, by key. */
  readonly gaps = new Map<string, Gap>();
  /** Keys that were acked at some time. */
  readonly #acked = new Set<string>();

  constructor(world: SpoolWorld) {
    this.#world = world;
  }

  /** Looks at the file now; throws where something is that must not be. */
  look(): readonly SeenBatch[] {
    const { batches, open } = readFile(this.#world.path);
    for (const batch of batches) this.#see(batch);
    this.#checkSeqs();
    this.#checkVanished(batches);
    this.#checkConservation(open);
    this.#checkStatus(batches, open);
    return batches;
  }

  #see(batch: SeenBatch): void {
    const key = keyOf(batch);
    if (batch.state === 1) this.#acked.add(key);
    const before = this.seen.get(key);
    if (before === undefined) this.#seeFirst(key, batch);
    else expect(toHex(batch.bytes), `bytes of ${key}`).toBe(toHex(before.bytes));
  }

  #seeFirst(key: string, batch: SeenBatch): void {
    const parsed = parseBatch(batch.bytes);
    expect({ ...batch, ...parsed.header }).toEqual({ ...parsed.header, ...batch }); // the row says what the bytes say
    this.seen.set(key, batch);
    if (parsed.header.kind === "data") this.#seeData(key, decodeDataBody(openBody(parsed), batch.count));
    if (parsed.header.kind !== "gap") return;
    for (const gap of decodeGaps(openBody(parsed))) {
      expect(this.gaps.get(keyOf(gap))?.reason ?? gap.reason, `second gap for ${keyOf(gap)}`).toBe(gap.reason);
      this.gaps.set(keyOf(gap), gap);
    }
  }

  #seeData(key: string, { totals, frames }: ReturnType<typeof decodeDataBody>): void {
    expect(imbalance(totals), `account in ${key}`).toBe(0);
    this.#frames.set(key, frames);
  }

  #checkSeqs(): void {
    for (const [epoch, batches] of Map.groupBy(this.seen.values(), (batch) => batch.epoch)) {
      const seqs = batches.map((batch) => batch.seq).sort((a, b) => a - b);
      expect(seqs, `seqs of ${epoch}`).toEqual(seqs.map((_, index) => index + 1));
    }
  }

  #checkVanished(batches: readonly SeenBatch[]): void {
    const here = new Set(batches.map(keyOf));
    for (const [key, { kind, count }] of this.seen) {
      if (here.has(key) || this.#acked.has(key)) continue;
      const gap = this.gaps.get(key);
      expect(gap?.reason, `${kind} ${key} is gone`).toBeOneOf(["dropped_oldest", "resealed"]);
      if (gap?.reason === "dropped_oldest") expect(gap.count).toBe(count);
    }
  }

  /** Each committed reading is open, in one live batch, or dropped with one; those in windows by number and sum. */
  #checkConservation(open: readonly Frame[]): void {
    const live = [...this.#frames].filter(([key]) => this.gaps.get(key)?.reason !== "resealed");
    const sealed = live.flatMap(([, frames]) => frames);
    const { committed, committedBad, grids } = this.#world;
    const found = [...open, ...sealed].flatMap(valuesOf);
    expect(new Set(found).size, "a reading is in two places").toBe(found.length);
    const missing = [...committed.keys()].filter((number) => !found.includes(number));
    const summaries = sealed.filter((frame) => frame.form === "summaries");
    const summed = { n: total(summaries.flatMap((s) => [...s.n])), sum: total(summaries.flatMap((s) => [...s.sum])) };
    expect({ n: missing.length, sum: total(missing) }, "readings in summaries").toEqual(summed);
    const inWindows = (number: number) => committed.get(number) === WINDOWED_SERIES && !committedBad.has(number);
    if (missing.length > 0) expect(grids[0]?.windows !== undefined && missing.every(inWindows), `missing ${missing}`).toBe(true);
    this.#checkKeys(sealed);
  }

  /** No two readings of one series share an instant. */
  #checkKeys(sealed: readonly Frame[]): void {
    const keys = sealed.flatMap((frame) => (frame.form === "samples" ? keysOf(frame) : [...frame.at].map((at) => `${frame.series}@${at}`)));
    expect(new Set(keys).size, "two readings with one key").toBe(keys.length);
  }

  #checkStatus(batches: readonly SeenBatch[], open: readonly Frame[]): void {
    const status = this.#world.service.status();
    const pending = batches.filter((batch) => batch.state === 0);
    expect(status.open).toBe(total(open.map(frameCount)));
    expect(status.pendingBatches).toBe(pending.length);
    expect(status.pendingReadings).toBe(total(pending.map((batch) => batch.count)));
    expect(imbalance(status.totals), "account of the spool").toBe(0);
    const listed = this.#world.service.pending({ epochOrder: 0, seq: 0 }, 100_000);
    expect(listed.map(keyOf)).toEqual(pending.map(keyOf));
  }
}

/** The file as it is: batches in the order of sending, and what the journal holds. */
export function readFile(path: string): { readonly batches: readonly SeenBatch[]; readonly open: readonly Frame[] } {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const select = "SELECT b.*, b.epoch AS epochOrder, e.epoch FROM batch b JOIN epoch e ON e.id = b.epoch ORDER BY b.epoch, b.seq";
    const rows = db.prepare("SELECT * FROM journal ORDER BY id").all() as OpenRow[];
    const open = rows.flatMap((row) => (decodeOpenRow(row) ?? []).map((part) => part.frame));
    return { batches: db.prepare(select).all() as SeenBatch[], open };
  } finally {
    db.close();
  }
}

export function valuesOf(frame: Frame): number[] {
  return frame.form === "samples" ? frame.columns.flatMap((column) => [...column.values]) : [];
}

function keysOf({ at, columns }: SampleFrame): string[] {
  return columns.flatMap(({ series, present }) => {
    const there = [...at].filter((_, index) => (present?.[index] ?? 1) === 1);
    return there.map((instant) => `${series}@${instant}`);
  });
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
