/**
 * net: the link and the broker between one agent and the collector, as bad as a seed makes them.
 *
 * Messages are lost, doubled, delayed past each other, and batches bent on their way; a connection ends for both sides, or
 * for neither (a black hole). What has reached the broker outlives its connection. The PUBACK comes after the
 * collector is done with a message (the embedded broker) or before it has seen it, listening or not (another one).
 *
 * One thing it does not do: of two devices that use one client id in turn, what the broker has of the first is handed on
 * before the second is let in, as every broker does that keeps the order of a subscription.
 */
import type { SeededRandom } from "../support/seeded-random.ts";
import type { Scheduler } from "./scheduler.ts";

export interface NetFaults {
  /** Shares of messages. */
  readonly loss: number;
  readonly doubled: number;
  readonly bent: number;
  readonly late: number;
  /** Of batches alone, beside that. */
  readonly lateBatches?: number;
  /** Milliseconds: of a usual message, of a late one. */
  readonly delay: number;
  readonly lateDelay: number;
}

export const GOOD_NET: NetFaults = { loss: 0, doubled: 0, bent: 0, late: 0, delay: 20, lateDelay: 0 };

export type Channel = "hello" | "batch";

/** The collector's end. `settled` is called when the message is committed, refused or answered. */
export interface Listener {
  readonly isUp: boolean;
  receive(channel: Channel, payload: Uint8Array, settled: () => void): void;
}

export interface Link {
  readonly isUp: boolean;
  publish(channel: Channel, payload: Uint8Array, onPuback: () => void): void;
  close(): void;
}

interface OpenLink {
  readonly device: string;
  isUp: boolean;
  isBlackHole: boolean;
  readonly onDown: () => void;
  readonly onAnswer: (payload: Uint8Array) => void;
}

export class Net {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #isEmbedded: boolean;
  faults: NetFaults;
  listener: Listener | undefined;
  #link: OpenLink | undefined;
  #lastDevice = "";
  /** On their way up. */
  readonly #up = new Set<() => void>();

  constructor(scheduler: Scheduler, random: SeededRandom, isEmbedded: boolean, faults: NetFaults) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#isEmbedded = isEmbedded;
    this.faults = faults;
  }

  /** Undefined where nobody answers: an embedded broker is down with its collector. */
  connect(device: string, onDown: () => void, onAnswer: (payload: Uint8Array) => void): Link | undefined {
    if (this.#isEmbedded && this.listener?.isUp !== true) return undefined;
    this.cut(); // a second session of one client id ends the first
    if (device !== this.#lastDevice) for (const arrive of [...this.#up]) arrive();
    this.#lastDevice = device;
    const link: OpenLink = { device, isUp: true, isBlackHole: false, onDown, onAnswer };
    this.#link = link;
    return {
      get isUp() {
        return link.isUp;
      },
      publish: (channel, payload, onPuback) => this.#publish(link, channel, payload, onPuback),
      close: () => {
        link.isUp = false;
      },
    };
  }

  /** The connection ends, and the agent sees it. */
  cut(): void {
    const link = this.#link;
    this.#link = undefined;
    if (link?.isUp !== true) return;
    link.isUp = false;
    link.onDown();
  }

  /** Nothing passes any more, and nobody is told. */
  swallow(): void {
    if (this.#link !== undefined) this.#link.isBlackHole = true;
  }

  /** From the collector: QoS 0, to whatever connection is there when it arrives. */
  answer(payload: Uint8Array): void {
    this.#send(() => {
      const link = this.#link;
      if (link?.isUp === true && !link.isBlackHole) link.onAnswer(payload);
    });
  }

  #publish(link: OpenLink, channel: Channel, payload: Uint8Array, onPuback: () => void): void {
    if (!link.isUp || link.isBlackHole) return;
    const moreLate = channel === "batch" ? (this.faults.lateBatches ?? 0) : 0;
    this.#sendUp(moreLate, () => {
      const arrived = channel === "batch" ? this.#bend(payload) : payload;
      const puback = () => {
        this.#scheduler.after(this.#random.below(this.faults.delay), () => {
          if (link.isUp && !link.isBlackHole) onPuback();
        });
      };
      if (!this.#isEmbedded) puback();
      this.listener?.receive(channel, arrived, this.#isEmbedded ? puback : () => undefined);
    });
  }

  #sendUp(moreLate: number, arrive: () => void): void {
    this.#send(arrive, moreLate, (once) => {
      const arriveOnce = () => {
        if (this.#up.delete(arriveOnce)) once();
      };
      this.#up.add(arriveOnce);
      return arriveOnce;
    });
  }

  #send(arrive: () => void, moreLate = 0, onItsWay: (arrive: () => void) => () => void = (same) => same): void {
    const { loss, doubled, late, delay, lateDelay } = this.faults;
    const copies = this.#random.fraction() < loss ? 0 : this.#random.fraction() < doubled ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const most = this.#random.fraction() < late + moreLate ? lateDelay : delay;
      this.#scheduler.after(1 + this.#random.below(most), onItsWay(arrive));
    }
  }

  #bend(payload: Uint8Array): Uint8Array {
    if (this.#random.fraction() >= this.faults.bent) return payload;
    const bent = Uint8Array.from(payload);
    const index = this.#random.below(bent.length);
    bent[index] = (bent[index] as number) ^ (1 << this.#random.below(8));
    return bent;
  }
}
