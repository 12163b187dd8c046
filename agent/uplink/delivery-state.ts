/**
 * delivery-state: what the delivery rules remember from one event to the next.
 *
 * Written by `delivery.ts` alone; the uplink's status reads it.
 */
import type { Credit, NackCode } from "../../protocol/index.ts";
import type { BatchInfo, BatchKey } from "../spool/spool-file.ts";
import { SendQueue } from "./send-queue.ts";

/** Milliseconds of monotonic time. */
export type Ms = number;

/** Batches in flight at the most. */
export const WINDOW = 8;

/** A batch that was published and is not answered yet. */
export interface Flight {
  readonly batch: BatchInfo;
  readonly sentAt: Ms;
  pubackAt: Ms | undefined;
  readonly attempt: number;
  /** Sent again at this time; undefined before the PUBACK. */
  deadline: Ms | undefined;
}

export interface DeliveryState {
  phase: "down" | "greeting" | "reconciling" | "open";
  session: string;
  readonly queue: SendQueue;
  readonly flights: Map<string, Flight>;
  /** Times a batch was sent before, kept over connections so that the back-off of a poison batch lasts. */
  readonly attempts: Map<string, number>;
  credit: Credit;
  /** Credit 0 holds until then. */
  waitUntil: Ms;
  roundTrip: Ms;
  helloAt: Ms;
  /** A hello on an open connection waits for its answer, or for what comes of it. */
  isGreetingAgain: boolean;
  /** A catalog was asked for or is in flight, and data waits for it until then. */
  catalogUntil: Ms;
  /** Data was set aside for want of its catalog. */
  isSetAside: boolean;
  /** The urgent ones of it: they do not wait for the backlog. */
  urgentAside: BatchInfo[];
  progressAt: Ms;
  /** Of the last answer: for status. */
  lastAckAt: Ms | undefined;
  acked: number;
  /** Why the collector did not take what came last; undefined since it took something. */
  refusal: NackCode | undefined;
  /** Closed: only what is urgent leaves, and what had begun to. */
  isGateOpen: boolean;
}

export function newDelivery(): DeliveryState {
  return {
    phase: "down",
    session: "",
    queue: new SendQueue(),
    flights: new Map(),
    attempts: new Map(),
    credit: { batches: WINDOW, bytes: Number.MAX_SAFE_INTEGER, waitMs: 0 },
    waitUntil: 0,
    roundTrip: 1_000,
    helloAt: 0,
    isGreetingAgain: false,
    catalogUntil: 0,
    isSetAside: false,
    urgentAside: [],
    progressAt: 0,
    lastAckAt: undefined,
    acked: 0,
    refusal: undefined,
    isGateOpen: true,
  };
}

export function keyOf({ epoch, seq }: BatchKey): string {
  return `${epoch}/${seq}`;
}
