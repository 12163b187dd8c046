/**
 * delivery: the agent's side of the delivery rules, as one pure step: state and event in, effects out.
 *
 * Pure means: no I/O, no clock, no randomness. It changes its own state only, so that a seeded simulation can
 * drive it through any order of events. What it decides:
 *
 * - Nothing is sent before the hello was answered; nothing counts as acked but an answer with the batch's hash.
 * - A window of batches is in flight; a batch is sent again only a while after its PUBACK, doubling, or after
 *   the connection was lost. Without any progress of the socket the connection is given up.
 * - Live batches (sealed since the connection) go first; at least 30 % of what is sent is backlog, oldest first.
 * - Credit 0 is a hint with an expiry: after the wait one batch goes as a probe.
 *
 * Source: protocol/SPEC.md, sections "Sequence rules" and "Acks and flow".
 */
import type { Ack, Answer, Credit, HelloAck } from "../../protocol/index.ts";
import type { BatchInfo, BatchKey } from "../spool/spool-file.ts";
import { SendQueue } from "./send-queue.ts";

/** Milliseconds of monotonic time. */
type Ms = number;

export const WINDOW = 8;
const FIRST_RETRANSMIT: Ms = 5_000;
const LONGEST_RETRANSMIT: Ms = 60_000;
const CATALOG_AHEAD: Ms = 500;
const STALLED_AFTER: Ms = 60_000;
const LONGEST_WAIT: Ms = 60_000;
const DENIED_PAUSE: Ms = 600_000;
const PAGE = 256;

export type DeliveryEvent =
  | { readonly kind: "connected"; readonly session: string }
  | { readonly kind: "disconnected" }
  | { readonly kind: "hello_ack"; readonly message: HelloAck }
  | { readonly kind: "ack"; readonly message: Ack }
  /** The spool was held against the hello-ack: what is pending again, gaps, and catalogs the collector lacks. */
  | { readonly kind: "reconciled"; readonly session: string; readonly batches: readonly BatchInfo[] }
  /** The broker has it; says nothing about the collector. */
  | { readonly kind: "puback"; readonly key: BatchKey }
  /** New batches in the spool: sealed, resealed, gaps, or pending again. */
  | { readonly kind: "sealed"; readonly batches: readonly BatchInfo[] }
  /** A page of the backlog; shorter than asked for = the end. */
  | { readonly kind: "page"; readonly batches: readonly BatchInfo[]; readonly end: boolean }
  /** The batch is not in the spool any more: dropped, damaged, or resealed. */
  | { readonly kind: "gone"; readonly key: BatchKey }
  | { readonly kind: "tick" };

export type Effect =
  | { readonly kind: "send_hello"; readonly session: string }
  | { readonly kind: "publish"; readonly batch: BatchInfo }
  | { readonly kind: "mark_acked"; readonly answers: readonly Answer[] }
  | { readonly kind: "reconcile"; readonly message: HelloAck }
  | { readonly kind: "load_page"; readonly after: { readonly epochOrder: number; readonly seq: number }; readonly limit: number }
  | { readonly kind: "reseal"; readonly key: BatchKey; readonly reason: "conflict" | "too_big" }
  | { readonly kind: "resend_catalog"; readonly key: BatchKey }
  | { readonly kind: "disconnect"; readonly reason: "stalled" | "hello_unanswered" | "denied"; readonly pauseMs: number };

interface Flight {
  readonly batch: BatchInfo;
  readonly sentAt: Ms;
  pubackAt: Ms | undefined;
  readonly attempt: number;
  /** Sent again at this time; nothing before the PUBACK. */
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
  catalogAskedAt: Ms;
  progressAt: Ms;
  /** Of the last answer: for status. */
  lastAckAt: Ms | undefined;
  acked: number;
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
    catalogAskedAt: Number.NEGATIVE_INFINITY,
    progressAt: 0,
    lastAckAt: undefined,
    acked: 0,
  };
}

export function keyOf({ epoch, seq }: BatchKey): string {
  return `${epoch}/${seq}`;
}

/** Takes one event at monotonic time `now` (milliseconds) and says what is to be done, in order. */
export function step(state: DeliveryState, event: DeliveryEvent, now: Ms): Effect[] {
  const effects: Effect[] = [];
  take(state, event, now, effects);
  if (state.phase === "open") fillWindow(state, now, effects);
  return effects;
}

function take(state: DeliveryState, event: DeliveryEvent, now: Ms, effects: Effect[]): void {
  switch (event.kind) {
    case "connected":
      return greet(state, event.session, now, effects);
    case "disconnected":
      return landAll(state);
    case "hello_ack":
      return hear(state, event.message, now, effects);
    case "reconciled":
      return open(state, event.session, event.batches);
    case "ack":
      return settle(state, event.message, now, effects);
    case "puback":
      return noteProgress(state, event.key, now);
    case "sealed":
      for (const batch of event.batches) if (!state.flights.has(keyOf(batch))) state.queue.add(batch, state.phase === "open");
      return;
    case "page":
      return state.queue.addPage(
        event.batches.filter((batch) => !state.flights.has(keyOf(batch))),
        event.end,
      );
    case "gone":
      state.flights.delete(keyOf(event.key));
      state.attempts.delete(keyOf(event.key));
      return state.queue.remove(event.key);
    case "tick":
      return tick(state, now, effects);
  }
}

function greet(state: DeliveryState, session: string, now: Ms, effects: Effect[]): void {
  landAll(state);
  Object.assign(state, { phase: "greeting", session, helloAt: now, progressAt: now });
  effects.push({ kind: "send_hello", session });
}

/** The connection is gone: what was in flight is backlog again. */
function landAll(state: DeliveryState): void {
  for (const { batch } of state.flights.values()) state.queue.add(batch, false);
  state.flights.clear();
  state.queue.nothingIsLive();
  state.phase = "down";
}

function hear(state: DeliveryState, message: HelloAck, now: Ms, effects: Effect[]): void {
  if (message.session !== state.session || state.phase !== "greeting") return;
  Object.assign(state, { phase: "reconciling", progressAt: now, roundTrip: Math.max(50, now - state.helloAt) });
  takeCredit(state, message.credit, now);
  effects.push({ kind: "reconcile", message });
}

/** Catalogs go ahead of the data that needs them: they are live, whatever else waits. */
function open(state: DeliveryState, session: string, batches: readonly BatchInfo[]): void {
  if (session !== state.session || state.phase !== "reconciling") return;
  state.phase = "open";
  for (const batch of batches) state.queue.add(batch, batch.kind === "catalog");
}

function settle(state: DeliveryState, { answers, credit }: Ack, now: Ms, effects: Effect[]): void {
  state.progressAt = now;
  takeCredit(state, credit, now);
  const acked = answers.filter(({ nack }) => nack === undefined || nack === "quarantined");
  if (acked.length > 0) {
    state.lastAckAt = now;
    effects.push({ kind: "mark_acked", answers: acked });
  }
  for (const answer of acked) land(state, answer, now);
  for (const answer of answers) if (answer.nack !== undefined) refused(state, answer, now, effects);
}

/** An acked batch leaves, where the ack is for this very content. */
function land(state: DeliveryState, answer: Answer, now: Ms): void {
  const key = keyOf(answer);
  const flight = state.flights.get(key);
  const known = flight?.batch ?? state.queue.find(answer);
  if (known !== undefined && known.hash !== answer.hash) return;
  if (flight !== undefined && flight.attempt === 0) state.roundTrip = 0.8 * state.roundTrip + 0.2 * (now - flight.sentAt);
  state.flights.delete(key);
  state.attempts.delete(key);
  state.queue.remove(answer);
  state.acked += 1;
}

function refused(state: DeliveryState, answer: Answer, now: Ms, effects: Effect[]): void {
  const flight = state.flights.get(keyOf(answer));
  if (flight === undefined || flight.batch.hash !== answer.hash) return;
  switch (answer.nack) {
    case "conflict":
    case "too_big":
      state.flights.delete(keyOf(answer));
      effects.push({ kind: "reseal", key: answer, reason: answer.nack });
      return;
    case "catalog":
      // The catalog overtakes it: the batch waits a moment, and one request covers all that wait.
      flight.deadline = now + CATALOG_AHEAD;
      if (now < state.catalogAskedAt + FIRST_RETRANSMIT) return;
      state.catalogAskedAt = now;
      effects.push({ kind: "resend_catalog", key: answer });
      return;
    case "version":
    case "denied":
      effects.push({ kind: "disconnect", reason: "denied", pauseMs: DENIED_PAUSE });
      return;
    default:
      // crc, busy: the same bytes again after the back-off of its attempt.
      flight.deadline = now + backOff(state, flight.attempt);
  }
}

function noteProgress(state: DeliveryState, key: BatchKey, now: Ms): void {
  state.progressAt = now;
  const flight = state.flights.get(keyOf(key));
  if (flight === undefined || flight.pubackAt !== undefined) return;
  flight.pubackAt = now;
  flight.deadline ??= now + backOff(state, flight.attempt);
}

function takeCredit(state: DeliveryState, credit: Credit, now: Ms): void {
  state.credit = credit;
  state.waitUntil = credit.batches > 0 ? now : now + Math.min(credit.waitMs, LONGEST_WAIT);
}

function tick(state: DeliveryState, now: Ms, effects: Effect[]): void {
  if (state.phase === "down") return;
  if (state.phase !== "open") {
    if (now - state.helloAt > LONGEST_RETRANSMIT) effects.push({ kind: "disconnect", reason: "hello_unanswered", pauseMs: 0 });
    return;
  }
  if (state.flights.size > 0 && now - state.progressAt > STALLED_AFTER) {
    effects.push({ kind: "disconnect", reason: "stalled", pauseMs: 0 });
    return;
  }
  for (const [key, flight] of state.flights) {
    if (flight.deadline === undefined || now < flight.deadline) continue;
    state.flights.delete(key);
    state.queue.addFirst(flight.batch);
  }
}

function backOff(state: DeliveryState, attempt: number): Ms {
  return Math.min(LONGEST_RETRANSMIT, Math.max(FIRST_RETRANSMIT, 4 * state.roundTrip) * 2 ** Math.min(attempt, 8));
}

function fillWindow(state: DeliveryState, now: Ms, effects: Effect[]): void {
  const most = mostInFlight(state, now);
  let bytes = 0;
  for (const { batch } of state.flights.values()) bytes += batch.size;
  while (state.flights.size < most) {
    const batch = state.queue.next();
    if (batch === undefined) break;
    if (state.flights.size > 0 && bytes + batch.size > state.credit.bytes) break;
    state.queue.taken(batch);
    bytes += batch.size;
    const key = keyOf(batch);
    const attempt = state.attempts.get(key) ?? 0;
    state.attempts.set(key, attempt + 1);
    if (state.flights.size === 0) state.progressAt = now;
    state.flights.set(key, { batch, sentAt: now, pubackAt: undefined, attempt, deadline: undefined });
    effects.push({ kind: "publish", batch });
  }
  const after = state.queue.wantsPage();
  if (after !== undefined) effects.push({ kind: "load_page", after, limit: PAGE });
}

/** The window under the collector's credit; without any, one probe once the wait is over. */
function mostInFlight(state: DeliveryState, now: Ms): number {
  if (state.credit.batches > 0) return Math.min(WINDOW, state.credit.batches);
  return now >= state.waitUntil ? 1 : 0;
}
