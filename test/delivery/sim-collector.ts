/**
 * sim-collector: the collector's real step around a journal that is a list. What is in the list is durable; a kill
 * takes all else. The store follows from the list, in its order, by natural key.
 */

import { type IngestEffect, type IngestEvent, newIngest, takeGaps } from "../../collector/ingest/delivery.ts";
import type { Holder } from "../../collector/ingest/devices.ts";
import {
  type Answer,
  type Credit,
  decodeHello,
  encodeAck,
  encodeHelloAck,
  type Gap,
  isFault,
  LIMITS,
  type ParsedBatch,
  parseBatch,
  peekHeader,
} from "../../protocol/index.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import type { Channel, Listener, Net } from "./net.ts";
import { AGENT, plain, type Row, toRow } from "./row.ts";
import type { Rules } from "./rules.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SpooledBatch } from "./sim-spool.ts";
import { hashIn, nameOf, placeOf, type Witness } from "./witness.ts";

const FULL_CREDIT: Credit = { batches: 8, bytes: 8 * LIMITS.batchBytes, waitMs: 0 };
const NO_CREDIT: Credit = { batches: 0, bytes: 0, waitMs: 5_000 };

/** All that is on its disk. */
export interface CollectorDisk {
  readonly rows: readonly Row[];
  readonly holder: Holder | undefined;
}

/** What the ledger says of a place in the end. */
type Verdict = { readonly name: string } | { readonly gap: Gap };

export interface CollectorParts {
  readonly rules: Rules;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly net: Net;
  readonly witness: Witness;
}

export class SimCollector implements Listener {
  readonly #parts: CollectorParts;
  isUp = true;
  /** For what stands ahead: it has no room; a commit fails; a kill comes right behind the next commit. */
  isFull = false;
  failsNext = false;
  diesAfterCommit = false;
  /** More readings in one batch are refused: a limit lower than the agent's. */
  mostReadings: number = LIMITS.readingsPerBatch;
  #rows: Row[] = [];
  #places = new Map<string, string>();
  #names = new Set<string>();
  #holder: Holder | undefined;
  #state = newIngest();
  #life = 0;
  #group: { readonly row: Row; readonly settled: () => void }[] = [];
  #joined: (() => void)[] = [];
  #answers: Answer[] = [];
  #isCommitting = false;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  receive(channel: Channel, payload: Uint8Array, settled: () => void): void {
    if (!this.isUp) return;
    if (channel === "hello") this.#hear(payload, settled);
    else this.#take(payload, settled);
  }

  kill(): void {
    this.isUp = false;
    this.#life += 1;
    this.#group = [];
    this.#joined = [];
    this.#answers = [];
    this.#isCommitting = false;
  }

  /** Everything it knows comes from its journal. */
  start(): void {
    this.isUp = true;
    this.#state = newIngest();
    this.#parts.rules.collectorStep(this.#state, { kind: "committed", entries: this.#rows });
    if (this.#holder !== undefined) this.#state.holders.set(AGENT, this.#holder);
  }

  backup(): CollectorDisk {
    return { rows: [...this.#rows], holder: this.#holder };
  }

  /** To be followed by `start`. */
  restore({ rows, holder }: CollectorDisk): void {
    this.#rows = [...rows];
    this.#names = new Set(rows.map(({ name }) => name));
    this.#places = new Map(rows.map(({ header, name }) => [placeOf(header), name]));
    this.#holder = holder;
  }

  /** The operator lets another device take the name over. */
  replaceDevice(): void {
    const holder = this.#state.holders.get(AGENT);
    if (holder === undefined) return;
    this.#holder = { ...holder, isReplaceable: true };
    this.#state.holders.set(AGENT, this.#holder);
  }

  /** Running, it finds that it has no catalog any more. */
  loseCatalogs(): void {
    this.#rows = this.#rows.map((row) => ({ ...row, catalog: undefined }));
    this.#state.catalogs.clear();
  }

  /** How often each reading is in the store. */
  stored(): Map<number, number> {
    const keys = new Map<string, number>();
    this.#rows.forEach(({ readings }, row) => {
      for (const reading of readings) keys.set(this.#parts.rules.keyOf(reading, row), reading);
    });
    const counts = new Map<number, number>();
    for (const reading of keys.values()) counts.set(reading, (counts.get(reading) ?? 0) + 1);
    return counts;
  }

  readings(): Set<number> {
    return new Set(this.#rows.flatMap(({ readings }) => readings));
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** By place; data beats gap, in either order. */
  verdicts(): Map<string, Verdict> {
    const verdicts = new Map<string, Verdict>();
    for (const { header, name, gaps } of this.#rows) {
      verdicts.set(placeOf(header), { name });
      for (const gap of gaps) if (!verdicts.has(placeOf(gap))) verdicts.set(placeOf(gap), { gap });
    }
    return verdicts;
  }

  /** Was the loss of just this batch declared, or of whatever an evicted batch had? */
  declared({ place, name, readings }: Pick<SpooledBatch, "place" | "name" | "readings">): boolean {
    const isTrue = ({ reason, count, hash, ...at }: Gap) =>
      reason === "evicted_after_ack" ? placeOf(at) === place : hash === hashIn(name) && placeOf(at) === place && count === readings.length;
    return this.#rows.some(({ gaps }) => gaps.some((gap) => gap.reason !== "resealed" && isTrue(gap)));
  }

  /** What it keeps in memory of the batches of one epoch: the most of all. */
  get mostKnown(): number {
    return Math.max(0, ...[...(this.#state.ledgers.get(AGENT)?.values() ?? [])].map(({ known }) => known));
  }

  #take(payload: Uint8Array, settled: () => void): void {
    const parsed = this.#parse(payload);
    if (parsed === undefined) return settled();
    if (parsed.header.count > this.mostReadings) {
      this.#answer({ ...plain(parsed.header), nack: "too_big" });
      return settled();
    }
    this.#parts.witness.sent(payload);
    for (const effect of this.#step({ kind: "batch", agent: AGENT, header: parsed.header, busy: this.isFull })) {
      if (effect.kind === "admit") this.#group.push({ row: this.#open(parsed, payload), settled });
      else if (effect.kind === "join") this.#joined.push(settled);
      else settled();
      if (effect.kind === "admit") this.#commitSoon();
    }
  }

  #open(parsed: ParsedBatch, payload: Uint8Array): Row {
    const row = toRow(parsed, payload);
    return { ...row, gaps: takeGaps(this.#state, AGENT, row.gaps) };
  }

  #parse(payload: Uint8Array): ParsedBatch | undefined {
    try {
      return parseBatch(payload);
    } catch (error) {
      if (!isFault(error)) throw error;
      if (error.code === "crc") this.#answer({ ...plain(peekHeader(payload)), nack: "crc" });
      return undefined;
    }
  }

  #hear(payload: Uint8Array, settled: () => void): void {
    const hello = decodeHello(payload);
    if (this.#isCommitting) this.#commit(); // what is being committed belongs into the ranges of the answer
    if (!this.isUp) return;
    this.#step({ kind: "hello", agent: AGENT, hello, random: Buffer.from(this.#parts.random.bytes(8)).toString("hex") });
    settled();
  }

  #commitSoon(): void {
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    const life = this.#life;
    this.#parts.scheduler.after(1 + this.#parts.random.below(30), () => {
      if (life === this.#life && this.#isCommitting) this.#commit();
    });
  }

  #commit(): void {
    const group = this.#group;
    this.#group = [];
    this.#isCommitting = false;
    const entries = group.map(({ row }) => row);
    const kind = this.failsNext ? "commit_failed" : "committed";
    this.failsNext = false;
    if (kind === "committed") this.#write(entries);
    if (this.diesAfterCommit) {
      this.diesAfterCommit = false;
      this.onDeath();
      return;
    }
    this.#step({ kind, entries });
    for (const { settled } of group) settled();
    for (const settled of this.#joined.splice(0)) settled();
  }

  /** Set by who starts it again. */
  onDeath = (): void => undefined;

  #write(rows: readonly Row[]): void {
    for (const row of rows) {
      const place = placeOf(row.header);
      if ((this.#places.get(place) ?? row.name) !== row.name) this.#parts.witness.complain(`${place} was accepted with two hashes`);
      this.#places.set(place, row.name);
      this.#rows.push(row);
      this.#names.add(row.name);
      this.#parts.witness.durable.add(row.name);
    }
  }

  #step(event: IngestEvent): IngestEffect[] {
    const effects = this.#parts.rules.collectorStep(this.#state, event);
    for (const effect of effects) {
      if (effect.kind === "answer") this.#answer(effect.answer);
      if (effect.kind === "greet") this.#greet(effect);
    }
    return effects;
  }

  #answer(answer: Answer): void {
    const name = nameOf(answer);
    if ((answer.nack ?? "quarantined") === "quarantined" && !this.#names.has(name)) {
      this.#parts.witness.complain(`${name} was acked and is not durable`);
    }
    this.#answers.push(answer);
    if (this.#answers.length > 1) return;
    const life = this.#life;
    this.#parts.scheduler.after(1, () => {
      if (life === this.#life) this.#sendAnswers();
    });
  }

  #sendAnswers(): void {
    const answers = this.#answers.splice(0);
    const credit = this.isFull ? NO_CREDIT : FULL_CREDIT;
    this.#parts.net.answer(encodeAck({ generation: "g", time: 0, timeTrusted: true, credit, answers }));
  }

  #greet({ session, standing, holder, epochs, missingCatalogs }: Extract<IngestEffect, { kind: "greet" }>): void {
    this.#holder = holder;
    const token = standing === "denied" ? "" : holder.token;
    const about = { session, standing, collector: "c", generation: "g", token, time: 0, timeTrusted: true };
    this.#parts.net.answer(encodeHelloAck({ ...about, epochs, missingCatalogs, credit: this.isFull ? NO_CREDIT : FULL_CREDIT }));
  }
}
