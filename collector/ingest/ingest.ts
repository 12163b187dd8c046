/**
 * ingest: from a message of the broker to a durable commit and its ack.
 *
 * Header and hash first: resends and limits are answered before anything is inflated. Then the body is opened,
 * each reading judged, and the batch waits for the next group commit: as soon as no more input is there. Only
 * then the acks go out, all of one agent in one message. Bad input is kept raw, counted, and costs nobody else
 * anything.
 */
import {
  type Answer,
  type BatchHeader,
  type Clock,
  type Credit,
  decodeHello,
  encodeAck,
  encodeHelloAck,
  isFault,
  LIMITS,
  type Log,
  type ParsedBatch,
  parseBatch,
  peekHeader,
  type Random,
} from "../../protocol/index.ts";
import type { Broker, BrokerHandlers, Publish } from "../broker/contract.ts";
import type { Catalogs } from "./catalogs.ts";
import {
  type CommittedEntry,
  catalogsOf,
  type IngestEffect,
  type IngestEvent,
  type IngestState,
  ledgerOf,
  newIngest,
  step,
} from "./delivery.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import { Greeter, type Heard } from "./greeter.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { knownAs } from "./ledger.ts";
import type { Loader } from "./loader.ts";
import { NOTHING_OPENED, openBatch } from "./open-batch.ts";
import { Refusals } from "./refusals.ts";
import { SparingLog } from "./sparing-log.ts";

export interface IngestOptions {
  readonly journal: Journal;
  readonly catalogs: Catalogs;
  readonly loader: Loader;
  readonly broker: Broker;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Is the collector's own clock worth judging others by? */
  readonly isClockTrusted: () => boolean;
  /** Is there room on the disk for what is accepted? */
  readonly hasRoom: () => boolean;
}

/** As many batches as an agent's window holds. */
const FULL_CREDIT: Credit = { batches: 8, bytes: 8 * LIMITS.batchBytes, waitMs: 0 };
const NO_CREDIT: Credit = { batches: 0, bytes: 0, waitMs: 5_000 };

/** Lines a minute about agents that come, and that go: a whole fleet may come back at once. */
const MOST_COMINGS = 60;

export class Ingest implements BrokerHandlers {
  readonly #options: IngestOptions;
  readonly #state: IngestState;
  readonly #sparing: SparingLog;
  readonly greeter: Greeter;
  readonly #refusals: Refusals;
  #group: JournalEntry[] = [];
  #hellos: Heard[] = [];
  #committing: Promise<void> | undefined;
  #answers = new Map<string, Answer[]>();

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#state = newIngest(options.broker.isReplica);
    this.#sparing = new SparingLog(options.log, options.clock);
    this.#refusals = new Refusals(this.#sparing);
    this.greeter = new Greeter({ ...options, sparing: this.#sparing }, this.#state);
    this.#recall();
  }

  /** Messages refused since the start, by reason. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals.counts;
  }

  async onPublish({ agent, channel, payload }: Publish): Promise<void> {
    if (channel === "batch") return this.#takeBatch(agent, payload);
    if (channel === "hello") return this.#takeHello(agent, payload);
  }

  onRefused(fault: { readonly code: string; readonly message: string }, from: string): void {
    this.#refusals.atBroker(fault, from);
  }

  onConnected(agent: string): void {
    this.#sparing.say({ level: "info", code: "connected", fields: { agent }, message: "agent connected", most: MOST_COMINGS });
  }

  onDisconnected(agent: string): void {
    this.#sparing.say({ level: "info", code: "disconnected", fields: { agent }, message: "agent disconnected", most: MOST_COMINGS });
  }

  /** Waits for the commit that is on its way. */
  async settled(): Promise<void> {
    await this.#committing;
  }

  /** What was acked before the start is known after it, as ranges: a hash is looked up when its batch comes again. */
  #recall(): void {
    const { journal } = this.#options;
    for (const { agent, epoch, ranges } of journal.streams()) ledgerOf(this.#state, agent, epoch, ranges);
    this.greeter.recall();
    for (const { agent, ref } of journal.catalogs.list()) catalogsOf(this.#state, agent).add(ref);
  }

  async #takeBatch(agent: string, payload: Uint8Array): Promise<void> {
    const parsed = this.#parse(agent, payload);
    if (parsed === undefined) return;
    const busy = !this.#options.hasRoom();
    this.#lookUp(agent, parsed.header);
    for (const effect of this.#step({ kind: "batch", agent, header: parsed.header, busy })) {
      if (effect.kind === "admit" && !this.#admit(agent, parsed, payload)) continue;
      if (effect.kind === "admit" || effect.kind === "join") await this.#commitSoon();
    }
  }

  /** A resend of long ago, or of before the start: its hash is on disk, if anywhere. */
  #lookUp(agent: string, { epoch, seq }: BatchHeader): void {
    const ledger = this.#state.ledgers.get(agent)?.get(epoch);
    if (ledger?.lookUp(seq)?.as !== "range") return;
    const row = this.#options.journal.find(agent, epoch, seq);
    if (row !== undefined) ledger.remember(seq, knownAs(row));
  }

  /** Undefined where it was answered or put away already. */
  #parse(agent: string, payload: Uint8Array): ParsedBatch | undefined {
    try {
      return parseBatch(payload);
    } catch (error) {
      if (!isFault(error)) throw error;
      if (error.code === "crc" || error.code === "too_big") this.#answer(agent, { ...peekHeader(payload), nack: error.code });
      else this.#putAway(agent, error.code, payload);
      return undefined;
    }
  }

  /** Into the group of the next commit. False where it could only be kept raw, and there is no room for that. */
  #admit(agent: string, parsed: ParsedBatch, payload: Uint8Array): boolean {
    const entry = this.#read(agent, parsed, payload);
    if (entry.unreadable !== undefined && this.#options.journal.quarantine.isFull(agent)) {
      this.#refusals.quarantineFull(agent);
      this.#step({ kind: "commit_failed", entries: [committedEntry(entry)] });
      return false;
    }
    this.#group.push(entry);
    return true;
  }

  #read(agent: string, parsed: ParsedBatch, payload: Uint8Array): JournalEntry {
    const { journal, clock, catalogs, isClockTrusted } = this.#options;
    const receivedAt = clock.wall();
    const about = { agent, header: parsed.header, payload, receivedAt };
    const now = isClockTrusted() ? receivedAt : undefined;
    try {
      const count = (reason: string) => this.#refusals.count(reason);
      const opened = openBatch(agent, parsed, { catalogs, state: this.#state, group: this.#group, now, count });
      return { ...about, ...opened, unreadable: undefined };
    } catch (error) {
      if (!isFault(error)) throw error;
      this.#refusals.count(error.code);
      const isKept = !journal.quarantine.isFull(agent);
      if (isKept) this.#refusals.warn(agent, error.code, `a batch that cannot be read: ${error.message}`, { hint: error.hint });
      return { ...about, ...NOTHING_OPENED, unreadable: error.code };
    }
  }

  async #takeHello(agent: string, payload: Uint8Array): Promise<void> {
    try {
      // Behind the group: what is being committed belongs into the ranges of the answer, and a fleet that comes back shares syncs.
      this.#hellos.push({ agent, hello: decodeHello(payload) });
      await this.#commitSoon();
    } catch (error) {
      if (!isFault(error)) throw error;
      this.#putAway(agent, error.code, payload);
    }
  }

  /** Joins the group that is committed once no more input waits. */
  #commitSoon(): Promise<void> {
    this.#committing ??= this.#options.clock.afterInput().then(() => {
      this.#committing = undefined;
      this.#commit();
    });
    return this.#committing;
  }

  #commit(): void {
    const [group, hellos] = [this.#group, this.#hellos];
    this.#group = [];
    this.#hellos = [];
    if (group.length > 0) this.#commitBatches(group);
    if (hellos.length > 0) this.#greet(hellos);
    this.#sendAnswers();
  }

  #commitBatches(group: readonly JournalEntry[]): void {
    const entries = group.map(committedEntry);
    try {
      this.greeter.catchUp();
      this.#options.journal.commit(group);
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      this.#refusals.diskTrouble(error.code, "the journal could not be written: nothing was acked, agents keep their batches");
      this.#step({ kind: "commit_failed", entries });
      return;
    }
    this.#step({ kind: "committed", entries });
    this.#options.loader.wake();
  }

  #greet(hellos: readonly Heard[]): void {
    for (const { agent, answer } of this.greeter.greet(hellos, (write) => this.#despiteTheDisk(write))) {
      if (answer.standing === "denied") this.#refusals.count("denied");
      this.#options.broker.publishTo(agent, "ack", encodeHelloAck({ ...answer, credit: this.#credit() }));
    }
  }

  #step(event: IngestEvent): IngestEffect[] {
    const effects = step(this.#state, event);
    for (const effect of effects) {
      if (effect.kind === "answer") this.#answer(effect.agent, effect.answer);
    }
    return effects;
  }

  #answer(agent: string, { epoch, seq, hash, nack }: Answer | (BatchHeader & Pick<Answer, "nack">)): void {
    if (nack !== undefined) this.#refusals.count(nack);
    const answers = this.#answers.get(agent) ?? [];
    answers.push(nack === undefined ? { epoch, seq, hash } : { epoch, seq, hash, nack });
    this.#answers.set(agent, answers);
    if (this.#group.length === 0) void this.#options.clock.afterInput().then(() => this.#sendAnswers());
  }

  #sendAnswers(): void {
    const { broker, journal, clock, isClockTrusted } = this.#options;
    const waiting = this.#answers;
    this.#answers = new Map();
    const head = { generation: journal.generation, time: clock.wall(), timeTrusted: isClockTrusted(), credit: this.#credit() };
    for (const [agent, answers] of waiting) {
      for (let start = 0; start < answers.length; start += LIMITS.acksPerMessage) {
        broker.publishTo(agent, "ack", encodeAck({ ...head, answers: answers.slice(start, start + LIMITS.acksPerMessage) }));
      }
    }
  }

  #credit(): Credit {
    return this.#options.hasRoom() ? FULL_CREDIT : NO_CREDIT;
  }

  #putAway(agent: string, reason: string, payload: Uint8Array): void {
    const { journal, clock, hasRoom } = this.#options;
    const { quarantine } = journal;
    this.#refusals.count(reason);
    if (quarantine.isFull(agent) || !hasRoom()) {
      this.#refusals.quarantineFull(agent);
      return;
    }
    this.#refusals.warn(agent, reason, "a message that is no batch goes to quarantine", { bytes: payload.length });
    this.#despiteTheDisk(() => quarantine.keepRaw(agent, reason, payload.subarray(0, LIMITS.packetBytes), clock.wall()));
  }

  /** For what no ack depends on. Is it written? */
  #despiteTheDisk(write: () => void): boolean {
    try {
      write();
      return true;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      this.#refusals.count("disk_trouble");
      this.#refusals.diskTrouble(error.code, "the journal could not be written; what was acked is safe");
      return false;
    }
  }
}

function committedEntry({ agent, header, unreadable, gaps, catalog }: JournalEntry): CommittedEntry {
  return { agent, header, unreadable: unreadable !== undefined, gaps, catalog: catalog?.hash };
}
