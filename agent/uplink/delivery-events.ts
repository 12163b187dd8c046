/**
 * delivery-events: what the delivery step is told, and what it asks to be done. Nothing else passes between it and
 * the world, so that a simulation can stand in for all of it.
 */
import type { Ack, Answer, HelloAck } from "../../protocol/index.ts";
import type { BatchInfo, BatchKey } from "../spool/spool-file.ts";
import type { PageRequest } from "./send-queue.ts";

export type DeliveryEvent =
  | { readonly kind: "connected"; readonly session: string }
  | { readonly kind: "disconnected" }
  | { readonly kind: "hello_ack"; readonly message: HelloAck }
  | { readonly kind: "ack"; readonly message: Ack }
  /** The spool was held against the hello-ack: gaps and what is pending again come with the pages; these, and what is urgent, go ahead. */
  | { readonly kind: "reconciled"; readonly session: string; readonly catalogs: readonly BatchInfo[] }
  /** The broker has it; says nothing about the collector. */
  | { readonly kind: "puback"; readonly key: BatchKey }
  /** New batches in the spool: sealed, resealed, or gaps. */
  | { readonly kind: "sealed"; readonly batches: readonly BatchInfo[] }
  /** The page of the backlog that was asked for under this number; shorter than asked for = the end. */
  | { readonly kind: "page"; readonly page: number; readonly batches: readonly BatchInfo[]; readonly end: boolean }
  /** The batch is not in the spool any more: dropped, damaged, or resealed. */
  | { readonly kind: "gone"; readonly key: BatchKey }
  /** The collector's time is needed, which comes with the answer to a hello. */
  | { readonly kind: "time_wanted" }
  /** The window of `send: { between: ... }` opened or closed. Open where nobody says so. */
  | { readonly kind: "gate"; readonly isOpen: boolean }
  | { readonly kind: "tick" };

export type Effect =
  | { readonly kind: "send_hello"; readonly session: string }
  | { readonly kind: "publish"; readonly batch: BatchInfo }
  | { readonly kind: "mark_acked"; readonly answers: readonly Answer[] }
  | { readonly kind: "reconcile"; readonly message: HelloAck }
  | ({ readonly kind: "load_page"; readonly limit: number } & PageRequest)
  | { readonly kind: "reseal"; readonly key: BatchKey; readonly reason: "conflict" | "too_big" }
  | { readonly kind: "resend_catalog"; readonly key: BatchKey }
  | {
      readonly kind: "disconnect";
      readonly reason: "stalled" | "hello_unanswered" | "version" | "another_device";
      readonly pauseMs: number;
    };
