/**
 * uplink: carries out what `delivery.ts` decides, over one link after the other.
 *
 * Every attempt is a new link with a new session. Between attempts it waits with full jitter from 1 to 60 s, after
 * a refusal much longer: the agent goes on reading meanwhile, and the spool keeps everything.
 */
import {
  type Clock,
  decodeAnswer,
  type EpochMicros,
  encodeHello,
  explain,
  type Fault,
  type HelloAck,
  isFault,
  type Labels,
  type Log,
  MICROS_PER_MS,
  micros,
  type Random,
  toHex,
} from "../../protocol/index.ts";
import type { TrustedClock } from "../clock/trusted-clock.ts";
import type { Spool } from "../spool/spool.ts";
import type { BatchInfo } from "../spool/spool-file.ts";
import { step } from "./delivery.ts";
import type { DeliveryEvent, Effect } from "./delivery-events.ts";
import { newDelivery } from "./delivery-state.ts";
import type { SendGate } from "./gate.ts";
import { givenUp } from "./given-up.ts";
import { type Link, openLink } from "./link.ts";
import { Namesake } from "./namesake.ts";
import { reconnectPause } from "./reconnect-pause.ts";
import { TimeWanted } from "./time-wanted.ts";
import { describeUplink, type UplinkStatus } from "./uplink-status.ts";

export interface UplinkOptions {
  readonly url: string;
  readonly prefix: string;
  readonly agent: string;
  readonly software: string;
  /** Said on each connection. */
  readonly labels: Labels;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly trustedClock: TrustedClock;
  readonly gate: SendGate;
  /** Something was acked: the spool may have room again. */
  readonly onAcked: () => void;
  /** The collector was heard: sealing may be possible now. */
  readonly onGreeted: () => void;
}

const TICK = micros(250_000);
const REFUSED_PAUSE_MS = 300_000;

export class Uplink {
  readonly #options: UplinkOptions;
  readonly #delivery = newDelivery();
  readonly #stopping = new AbortController();
  readonly #namesake: Namesake;
  readonly #timeWanted: TimeWanted;
  #labels: Labels;
  #link: Link | undefined;
  #down: (() => void) | undefined;
  #pauseMs = 0;
  #helloSentAt = 0;
  #trouble: Fault | undefined;
  /** Did the collector answer on the present connection? */
  #wasGreeted = false;
  /** Why the present connection is given up, where the spool is the reason. */
  #spoolFault: Fault | undefined;
  #running: Promise<void> | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#labels = options.labels;
    this.#namesake = new Namesake(options.agent, options.log);
    this.#timeWanted = new TimeWanted(options.trustedClock);
  }

  start(): void {
    this.#running = this.#run();
    this.#tick();
  }

  /** New batches in the spool. */
  sealed(batches: readonly BatchInfo[]): void {
    this.#feed({ kind: "sealed", batches });
  }

  gone(batches: readonly BatchInfo[]): void {
    for (const key of batches) this.#feed({ kind: "gone", key });
  }

  /** Connects anew, to say them. */
  setLabels(labels: Labels): void {
    this.#labels = labels;
    this.#down?.();
  }

  gateChanged(): void {
    this.#feed({ kind: "gate", isOpen: this.#options.gate.isOpen });
  }

  status(): UplinkStatus {
    const now = this.#now();
    return describeUplink(this.#delivery, { url: this.#options.url, now, trouble: this.#trouble, namesake: this.#namesake.fault(now) });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#link?.close();
    this.#down?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      try {
        failures = (await this.#connectOnce()) ? 0 : failures + 1;
      } catch (error) {
        if (!isFault(error)) throw error;
        this.#note(error);
        failures += 1;
        if (error.code === "refused") this.#pauseMs = REFUSED_PAUSE_MS;
      }
      await this.#pause(failures);
    }
  }

  /** One connection from beginning to end; returns when it is down, and whether the collector answered on it. */
  async #connectOnce(): Promise<boolean> {
    const { url, prefix, agent, random, clock } = this.#options;
    this.#wasGreeted = false;
    this.#spoolFault = undefined;
    const session = toHex(random.bytes(8));
    let fault: Fault | undefined;
    const ended = new Promise<void>((resolve) => {
      this.#down = resolve;
    });
    const link = await openLink({
      url,
      prefix,
      agent,
      session,
      clock,
      signal: this.#stopping.signal,
      onAnswer: (payload) => this.#hear(payload),
      onDown: (why) => {
        fault = why;
        this.#down?.();
      },
    });
    this.#link = link;
    this.#feed({ kind: "connected", session });
    await ended;
    this.#link = undefined;
    this.#feed({ kind: "disconnected" });
    link.close();
    if (this.#spoolFault !== undefined) throw this.#spoolFault;
    if (fault !== undefined) this.#note(fault);
    return this.#wasGreeted;
  }

  /** One line for one trouble, however often it comes again. */
  #note(fault: Fault): void {
    const { code, hint, message } = fault;
    const { log } = this.#options;
    const say = code === "another_device" ? log.error.bind(log) : log.warn.bind(log);
    if (message !== this.#trouble?.message && !this.#stopping.signal.aborted) say({ code, hint }, message);
    this.#trouble = fault;
  }

  async #pause(failures: number): Promise<void> {
    const askedMs = Math.max(this.#pauseMs, this.#namesake.pauseMs(this.#now()));
    const delay = reconnectPause(failures, askedMs, this.#options.random);
    this.#pauseMs = 0;
    await this.#options.clock.sleep("reconnect", delay, this.#stopping.signal).catch(() => undefined);
  }

  #hear(payload: Uint8Array): void {
    try {
      const answer = decodeAnswer(payload);
      if ("ack" in answer) this.#feed({ kind: "ack", message: answer.ack });
      else this.#feed({ kind: "hello_ack", message: answer.helloAck });
    } catch (error) {
      if (!isFault(error)) throw error;
      this.#options.log.warn({ code: error.code }, `an answer that cannot be read: ${explain(error)}`);
    }
  }

  #feed(event: DeliveryEvent): void {
    for (const effect of step(this.#delivery, event, this.#now())) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    void this.#perform(effect).catch((error: unknown) => {
      if (!isFault(error)) throw error;
      // The spool could not do it now (a full disk): the connection starts over after a pause, and with it the exchange.
      this.#spoolFault ??= error;
      this.#down?.();
    });
  }

  async #perform(effect: Effect): Promise<void> {
    const { spool, trustedClock } = this.#options;
    switch (effect.kind) {
      case "send_hello":
        return this.#sendHello(effect.session);
      case "publish":
        return this.#publish(effect.batch);
      case "mark_acked":
        await spool.acked(effect.answers);
        return this.#options.onAcked();
      case "reconcile":
        return this.#reconcile(effect.message);
      case "load_page": {
        const batches = await spool.pending(effect.after, effect.limit);
        return this.#feed({ kind: "page", page: effect.page, batches, end: batches.length < effect.limit });
      }
      case "reseal":
        return this.#feed({ kind: "sealed", batches: await spool.reseal(effect.key, effect.reason, trustedClock.now()) });
      case "resend_catalog":
        return this.#resendCatalogOf(effect.key);
      case "disconnect":
        this.#pauseMs = effect.pauseMs;
        this.#note(givenUp(this.#options, effect.reason));
        return this.#down?.();
    }
  }

  async #sendHello(session: string): Promise<void> {
    const { spool, clock, software, trustedClock } = this.#options;
    const state = await spool.hello();
    const { source, offset } = trustedClock.report();
    const hello = {
      ...state,
      session,
      software,
      clock: { wall: clock.wall(), trusted: offset !== undefined, source },
      labels: this.#labels,
    };
    this.#helloSentAt = clock.monotonic();
    await this.#link?.publish("hello", encodeHello(hello));
  }

  async #reconcile(message: HelloAck): Promise<void> {
    const { spool, clock, log, trustedClock } = this.#options;
    trustedClock.hearCollector(message.time as EpochMicros, message.timeTrusted, clock.monotonic() - this.#helloSentAt);
    const { rewound, rolledBack } = await spool.reconcile(message, trustedClock.now());
    if (!this.#wasGreeted) this.#namesake.heard(rolledBack, this.#now());
    if (rewound.length > 0) log.warn({ batches: rewound.length }, "the collector lost batches it had acked; they are sent again");
    const catalogs: BatchInfo[] = [];
    for (const hash of message.missingCatalogs) {
      const sealed = await spool.resendCatalog(hash.slice(0, 8), trustedClock.now());
      if (sealed !== undefined) catalogs.push(sealed);
    }
    this.#trouble = undefined;
    this.#wasGreeted = true;
    this.#feed({ kind: "reconciled", session: message.session, catalogs: [...catalogs, ...(await spool.urgentPending())] });
    this.#options.onGreeted();
  }

  async #resendCatalogOf(key: BatchInfo | { readonly epoch: BatchInfo["epoch"]; readonly seq: number }): Promise<void> {
    const { spool, trustedClock } = this.#options;
    const ref = await spool.catalogOf(key);
    const sealed = ref === undefined ? undefined : await spool.resendCatalog(ref, trustedClock.now());
    if (sealed !== undefined) this.#feed({ kind: "sealed", batches: [sealed] });
  }

  async #publish(batch: BatchInfo): Promise<void> {
    const link = this.#link;
    const bytes = await this.#options.spool.bytesToSend(batch, this.#options.trustedClock.now());
    if (bytes === undefined) return this.#feed({ kind: "gone", key: batch });
    await link?.publish("batch", bytes);
    this.#feed({ kind: "puback", key: batch });
  }

  #tick(): void {
    if (this.#stopping.signal.aborted) return;
    this.gateChanged();
    if (this.#timeWanted.isDue(this.#delivery, this.#now())) this.#feed({ kind: "time_wanted" });
    this.#feed({ kind: "tick" });
    this.#options.clock.after("uplink tick", TICK, () => this.#tick());
  }

  #now(): number {
    return this.#options.clock.monotonic() / MICROS_PER_MS;
  }
}
