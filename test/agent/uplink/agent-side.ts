/**
 * agent-side: the agent's delivery step with a short way to talk to it. Batches are named by their seqs; an effect
 * reads `publish 3`, `page after 0`, `hello`, `acked 3`, `reseal 3`.
 */

import type { BatchInfo } from "../../../agent/spool/spool-file.ts";
import { step } from "../../../agent/uplink/delivery.ts";
import type { DeliveryEvent, Effect } from "../../../agent/uplink/delivery-events.ts";
import { type DeliveryState, newDelivery } from "../../../agent/uplink/delivery-state.ts";
import type { Ack, Answer, BatchHash, Credit, EpochId, HelloAck, NackCode, Standing } from "../../../protocol/index.ts";

const EPOCH = "00000000000000e1" as EpochId;
export const PLENTY: Credit = { batches: 8, bytes: 1e9, waitMs: 0 };
export const NONE: Credit = { batches: 0, bytes: 0, waitMs: 5_000 };

export function batch(seq: number, fields: Partial<BatchInfo> = {}): BatchInfo {
  const hash = seq.toString(16).padStart(16, "0") as BatchHash;
  return { epoch: EPOCH, epochOrder: 1, seq, kind: "data", hash, count: 10, size: 1_000, ...fields };
}

export function batches(from: number, to: number): BatchInfo[] {
  return Array.from({ length: to - from + 1 }, (_, index) => batch(from + index));
}

export class AgentSide {
  readonly state: DeliveryState = newDelivery();
  /** Milliseconds. */
  now = 1_000;
  #sessions = 0;
  /** Of the newest request for a page. */
  page = 0;

  feed(event: DeliveryEvent): string[] {
    return step(this.state, event, this.now).map((effect) => this.#show(effect));
  }

  connect(): string[] {
    this.#sessions += 1;
    return this.feed({ kind: "connected", session: this.session });
  }

  get session(): string {
    return `session-${this.#sessions}`;
  }

  helloAck(credit: Credit = PLENTY, session = this.session, standing: Standing = "welcome"): string[] {
    const about = { collector: "c", generation: "g", time: 0, timeTrusted: true, epochs: [], missingCatalogs: [] };
    return this.feed({ kind: "hello_ack", message: { ...about, token: "", standing, session, credit } satisfies HelloAck });
  }

  reconciled(catalogs: readonly BatchInfo[] = [], session = this.session): string[] {
    return this.feed({ kind: "reconciled", session, catalogs });
  }

  /** Connected, answered, reconciled, and the backlog as given. */
  open(backlog: readonly BatchInfo[] = [], credit: Credit = PLENTY): string[] {
    this.connect();
    this.helloAck(credit);
    this.reconciled();
    return this.loaded(backlog, true);
  }

  loaded(found: readonly BatchInfo[], end: boolean, page = this.page): string[] {
    return this.feed({ kind: "page", page, batches: found, end });
  }

  sealed(...sealed: readonly BatchInfo[]): string[] {
    return this.feed({ kind: "sealed", batches: sealed });
  }

  puback(...seqs: readonly number[]): string[] {
    return seqs.flatMap((seq) => this.feed({ kind: "puback", key: batch(seq) }));
  }

  ack(...seqs: readonly number[]): string[] {
    return this.answer(seqs.map((seq) => plain(batch(seq))));
  }

  nack(nack: NackCode, ...seqs: readonly number[]): string[] {
    return this.answer(seqs.map((seq) => ({ ...plain(batch(seq)), nack })));
  }

  answer(answers: readonly Answer[], credit: Credit = PLENTY): string[] {
    return this.feed({ kind: "ack", message: { generation: "g", time: 0, timeTrusted: true, credit, answers } satisfies Ack });
  }

  /** Ticks four times a second for so many milliseconds; what came of them. */
  wait(ms: number): string[] {
    const effects: string[] = [];
    for (const end = this.now + ms; this.now < end; ) {
      this.now = Math.min(end, this.now + 250);
      effects.push(...this.feed({ kind: "tick" }));
    }
    return effects;
  }

  get inFlight(): number[] {
    return [...this.state.flights.values()].map((flight) => flight.batch.seq);
  }

  #show(effect: Effect): string {
    switch (effect.kind) {
      case "send_hello":
        return "hello";
      case "publish":
        return `publish ${effect.batch.seq}`;
      case "mark_acked":
        return `acked ${effect.answers.map(({ seq }) => seq).join(" ")}`;
      case "reconcile":
        return "reconcile";
      case "load_page":
        this.page = effect.page;
        return `page after ${effect.after.seq}`;
      case "reseal":
        return `reseal ${effect.key.seq} ${effect.reason}`;
      case "resend_catalog":
        return `resend catalog of ${effect.key.seq}`;
      case "disconnect":
        return `disconnect ${effect.reason} ${effect.pauseMs}`;
    }
  }
}

export function plain({ epoch, seq, hash }: BatchInfo): Answer {
  return { epoch, seq, hash };
}

export function published(effects: readonly string[]): number[] {
  return effects.filter((effect) => effect.startsWith("publish ")).map((effect) => Number(effect.slice(8)));
}
