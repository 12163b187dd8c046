/**
 * witness: an outside account of a run. It sees every batch when it is sealed and every fault that destroys
 * something, and never asks the programs what they think they have.
 *
 * A reading is a number; its instant and value follow from it. What a disaster left in no copy at all, neither in the
 * spool nor at the collector, and what the spool that is left cannot know of, is excused; everything else has to
 * turn up once, or in a gap.
 */
import { type BatchHeader, decodeDataBody, openBody, parseBatch } from "../../protocol/index.ts";

const FIRST_INSTANT = 1_800_000_000_000_000;

export function instantOf(reading: number): number {
  return FIRST_INSTANT + reading * 1_000_000;
}

export function measuredOf(reading: number): number {
  return (reading % 100) + 0.5;
}

/** The readings in a data batch, and whether each still has the value it was measured with. */
export function readingsIn(payload: Uint8Array): number[] {
  const parsed = parseBatch(payload);
  if (parsed.header.kind !== "data") return [];
  const readings: number[] = [];
  for (const frame of decodeDataBody(openBody(parsed), parsed.header.count).frames) {
    if (frame.form !== "samples") throw new Error("a summary was sealed from samples");
    frame.at.forEach((at, index) => {
      const reading = (at - FIRST_INSTANT) / 1_000_000;
      if (frame.columns[0]?.values[index] !== measuredOf(reading)) throw new Error(`reading ${reading} has another value`);
      readings.push(reading);
    });
  }
  return readings;
}

export interface SealedOnce {
  readonly name: string;
  readonly place: string;
  readonly bytes: Uint8Array;
  readonly readings: readonly number[];
}

export function nameOf({ epoch, seq, hash }: Pick<BatchHeader, "epoch" | "seq" | "hash">): string {
  return `${epoch}/${seq}/${hash}`;
}

/** The hash in a name. */
export function hashIn(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

export function placeOf({ epoch, seq }: { readonly epoch: string; readonly seq: number }): string {
  return `${epoch}/${seq}`;
}

/** A second device began with a copy of the first one's card. */
export interface Fork {
  /** The first's commits from this one on came after the copy. */
  readonly parted: number;
  readonly band: number;
}

const BAND = 1_000_000;

/** Readings of a second device have numbers of their own: this is the first of band `band`. */
export function firstOf(band: number): number {
  return band * BAND + 1;
}

export function bandOf(reading: number): number {
  return Math.floor(reading / BAND);
}

export class Witness {
  readonly violations: string[] = [];
  /** By name, which has the hash in it: a spool that was rolled back seals other content under an old place. */
  readonly batches = new Map<string, SealedOnce>();
  /** By reading: every batch it was ever sealed in. */
  readonly sealedIn = new Map<number, SealedOnce[]>();
  readonly excused = new Set<number>();
  /** Names of all batches that the collector ever had on disk. */
  readonly durable = new Set<string>();
  /** In which order readings were committed first. */
  readonly firstCommit = new Map<number, number>();
  readonly forks: Fork[] = [];
  published = 0;
  mostAtHand = 0;
  mostInFlight = 0;

  complain(what: string): void {
    if (this.violations.length < 20) this.violations.push(what);
  }

  sealed(payload: Uint8Array): void {
    const { header } = parseBatch(payload);
    const batch = { name: nameOf(header), place: placeOf(header), bytes: Uint8Array.from(payload), readings: readingsIn(payload) };
    this.batches.set(batch.name, batch);
    for (const reading of batch.readings) {
      const before = this.sealedIn.get(reading);
      if (before === undefined) this.sealedIn.set(reading, [batch]);
      else before.push(batch);
    }
  }

  /** Published bytes equal sealed bytes. */
  sent(payload: Uint8Array): void {
    this.published += 1;
    const { header } = parseBatch(payload);
    const batch = this.batches.get(nameOf(header));
    if (batch === undefined || Buffer.compare(batch.bytes, payload) !== 0) this.complain(`${nameOf(header)} was sent and never sealed so`);
  }

  acked(name: string): void {
    if (!this.durable.has(name)) this.complain(`${name} stands as acked in the spool, and the collector never had it`);
  }

  committed(readings: readonly number[]): void {
    for (const reading of readings) if (!this.firstCommit.has(reading)) this.firstCommit.set(reading, this.firstCommit.size);
  }

  /** Has the store readings of the device and of its copy, both from after they parted? */
  isMixed({ parted, band }: Fork, stored: Iterable<number>): boolean {
    const bands = new Set<number>();
    for (const reading of stored) {
      const of = bandOf(reading);
      if (of === band || (of === 0 && (this.firstCommit.get(reading) ?? 0) >= parted)) bands.add(of);
    }
    return bands.size > 1;
  }

  /**
   * After a disaster: what is in no copy is excused, unless the spool that is left knows the batch and has to declare it.
   * @param lineage names of the batches that this spool, with its past, has sealed.
   */
  excuse(inSpool: ReadonlySet<number>, atCollector: ReadonlySet<number>, lineage: ReadonlySet<string>): void {
    for (const [reading, batches] of this.sealedIn) {
      if (inSpool.has(reading) || atCollector.has(reading) || batches.some(({ name }) => lineage.has(name))) continue;
      this.excused.add(reading);
    }
  }
}
