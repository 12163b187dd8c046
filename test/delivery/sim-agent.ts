/**
 * sim-agent: the agent's real step and real spool, with an executor in place of `uplink.ts`: effects are carried out
 * by a worker that takes its time and keeps the order, and a kill may come between any two of them.
 */

import { resendCatalog } from "../../agent/spool/resend-catalog.ts";
import type { BatchInfo, BatchKey } from "../../agent/spool/spool-file.ts";
import type { DeliveryEvent, Effect } from "../../agent/uplink/delivery-events.ts";
import { type DeliveryState, newDelivery } from "../../agent/uplink/delivery-state.ts";
import { decodeAnswer, encodeHello, type HelloAck, parseBatch } from "../../protocol/index.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import type { Link, Net } from "./net.ts";
import type { Rules } from "./rules.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimSpool } from "./sim-spool.ts";
import type { Witness } from "./witness.ts";

const NOW = 1_900_000_000_000_000;
const TICK = 1_000;
/** Has it no clock, it asks for the time now and then. */
const TIME_WANTED = 50;

export interface AgentParts {
  readonly rules: Rules;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly net: Net;
  readonly witness: Witness;
}

export class SimAgent {
  readonly #parts: AgentParts;
  spool: SimSpool;
  /** Its disk takes no writes for now. */
  isDiskFull = false;
  /** As the last hello-ack said. */
  isRefused = false;
  /** Longest pause before it connects again, in milliseconds. */
  longestPause = 20_000;
  #delivery: DeliveryState = newDelivery();
  #life = 0;
  isUp = false;
  #link: Link | undefined;
  #workerFree = 0;
  #workerHeard = 0;
  #ticks = 0;

  constructor(parts: AgentParts, spool: SimSpool) {
    this.#parts = parts;
    this.spool = spool;
  }

  get phase(): DeliveryState["phase"] {
    return this.#delivery.phase;
  }

  start(calibration: number): void {
    this.isUp = true;
    this.#delivery = newDelivery();
    this.spool.useCatalog(calibration);
    this.#connectLater(500);
    this.#tick(this.#life);
  }

  kill(): void {
    this.isUp = false;
    this.#life += 1;
    this.#link?.close();
    this.#link = undefined;
    this.#workerFree = 0;
    this.#workerHeard = 0;
  }

  /** What the sampler and the quota do, in the worker's order; the uplink hears of it. */
  work(run: (spool: SimSpool) => { readonly gone?: readonly BatchInfo[]; readonly sealed?: readonly BatchInfo[] }): void {
    if (!this.isUp || this.isDiskFull) return;
    this.#ask(
      () => run(this.spool),
      ({ gone = [], sealed = [] }) => {
        for (const key of gone) this.#feed({ kind: "gone", key });
        this.#feed({ kind: "sealed", batches: sealed });
      },
    );
  }

  #feed(event: DeliveryEvent): void {
    const { rules, scheduler, witness } = this.#parts;
    for (const effect of rules.agentStep(this.#delivery, event, scheduler.now)) this.#perform(effect);
    witness.mostInFlight = Math.max(witness.mostInFlight, this.#delivery.flights.size);
    witness.mostAtHand = Math.max(witness.mostAtHand, this.#delivery.queue.length);
  }

  #perform(effect: Effect): void {
    const { rules } = this.#parts;
    const { file } = this.spool;
    switch (effect.kind) {
      case "send_hello":
        return this.#greet(effect.session);
      case "publish":
        return this.#publish(effect.batch);
      case "mark_acked":
        return this.#write(() => {
          rules.markAcked(file, effect.answers);
          for (const answer of effect.answers) this.spool.showAcked(answer);
        });
      case "reconcile":
        return this.#reconcile(effect.message);
      case "load_page":
        return this.#ask(
          () => file.pending(effect.after, effect.limit),
          (batches) => this.#feed({ kind: "page", page: effect.page, batches, end: batches.length < effect.limit }),
        );
      case "reseal":
        return this.#write(
          () => this.#told(rules.reseal(file, effect.key, effect.reason, NOW)),
          (batches) => this.#feed({ kind: "sealed", batches }),
        );
      case "resend_catalog":
        return this.#write(
          () => this.#resend(this.#catalogOf(effect.key)),
          (batches) => this.#feed({ kind: "sealed", batches }),
        );
      case "disconnect":
        this.isRefused ||= effect.reason === "another_device";
        return this.#down(effect.pauseMs);
    }
  }

  #greet(session: string): void {
    const link = this.#link;
    this.#ask(
      () => {
        const { file, device: fingerprint } = this.spool;
        return { epochs: file.epochs.ranges(), catalogs: file.catalogsInUse(), token: file.meta.text("token") ?? "", fingerprint };
      },
      (state) => {
        const rest = { software: "sim", clock: { wall: 0, trusted: true, source: "" }, pending: 0 };
        link?.publish("hello", encodeHello({ session, ...state, ...rest }), () => undefined);
      },
    );
  }

  #publish(batch: BatchInfo): void {
    const link = this.#link;
    this.#ask(
      () => this.#parts.rules.bytesToSend(this.spool.file, batch, NOW),
      (bytes) => {
        if (bytes === undefined) return this.#feed({ kind: "gone", key: batch });
        link?.publish("batch", bytes, () => this.#feed({ kind: "puback", key: batch }));
      },
    );
  }

  #reconcile(message: HelloAck): void {
    const { rules } = this.#parts;
    this.isRefused = false;
    this.#write(
      () => {
        this.#told(rules.reconcile(this.spool.file, message, NOW).gaps);
        return message.missingCatalogs.flatMap((hash) => this.#resend(hash.slice(0, 8)));
      },
      (catalogs) => this.#feed({ kind: "reconciled", session: message.session, catalogs }),
    );
  }

  #catalogOf(key: BatchKey): string | undefined {
    const bytes = this.spool.file.bytesOf(key);
    return bytes === undefined ? undefined : parseBatch(bytes).header.catalog;
  }

  #resend(ref: string | undefined): BatchInfo[] {
    const sealed = ref === undefined ? undefined : resendCatalog(this.spool.file, ref, NOW);
    return sealed === undefined ? [] : this.#told([sealed]);
  }

  #told(batches: readonly BatchInfo[]): BatchInfo[] {
    this.spool.tell(batches);
    return [...batches];
  }

  /** A call that the spool may refuse: then the connection starts over, as in `uplink.ts`. */
  #write<T>(run: () => T, then: (result: T) => void = () => undefined): void {
    this.#ask<{ readonly result: T } | undefined>(
      () => (this.isDiskFull ? undefined : { result: run() }),
      (done) => (done === undefined ? this.#down() : then(done.result)),
    );
  }

  #ask<T>(run: () => T, then: (result: T) => void): void {
    const { scheduler, random } = this.#parts;
    const life = this.#life;
    this.#workerFree = Math.max(scheduler.now, this.#workerFree) + random.below(3);
    scheduler.after(this.#workerFree - scheduler.now, () => {
      if (life !== this.#life) return;
      const result = run();
      this.#workerHeard = Math.max(scheduler.now, this.#workerHeard) + random.below(3);
      scheduler.after(this.#workerHeard - scheduler.now, () => {
        if (life === this.#life) then(result);
      });
    });
  }

  #connectLater(most: number, least = 100): void {
    const { scheduler, random } = this.#parts;
    const life = this.#life;
    scheduler.after(Math.max(100, least) + random.below(most), () => {
      if (life === this.#life) this.#connect();
    });
  }

  #connect(): void {
    const { net, random } = this.#parts;
    const life = this.#life;
    const link = net.connect(
      this.spool.device,
      () => life === this.#life && this.#down(),
      (payload) => life === this.#life && this.#hear(payload),
    );
    if (link === undefined) return this.#connectLater(this.longestPause);
    this.#link = link;
    this.#feed({ kind: "connected", session: Buffer.from(random.bytes(8)).toString("hex") });
  }

  #hear(payload: Uint8Array): void {
    const answer = decodeAnswer(payload);
    if ("ack" in answer) this.#feed({ kind: "ack", message: answer.ack });
    else this.#feed({ kind: "hello_ack", message: answer.helloAck });
  }

  /** @param pause from this on, in milliseconds, where it is not an ordinary one. */
  #down(pause = 0): void {
    if (this.#link === undefined) return;
    this.#link.close();
    this.#link = undefined;
    this.#feed({ kind: "disconnected" });
    this.#connectLater(pause > 0 ? pause : this.longestPause, pause / 2);
  }

  #tick(life: number): void {
    if (life !== this.#life) return;
    this.#ticks += 1;
    if (this.#ticks % TIME_WANTED === 0) this.#feed({ kind: "time_wanted" });
    this.#feed({ kind: "tick" });
    this.#parts.scheduler.after(TICK, () => this.#tick(life));
  }
}
