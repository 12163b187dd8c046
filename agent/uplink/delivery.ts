/**
 * delivery: the agent's side of the delivery rules, as one pure step: state and event in, effects out.
 *
 * Pure means: no I/O, no clock, no randomness. It changes its own state only, so that a seeded simulation can
 * drive it through any order of events. What it decides:
 *
 * - Nothing is sent before the hello was answered, and nothing where the collector takes this for a copy of the device;
 *   a hello goes on every connection, every six hours, and where a batch is refused for want of one or the time is wanted.
 *   Nothing counts as acked but an answer with the batch's hash.
 * - A window of batches is in flight; a batch is sent again only a while after its PUBACK, doubling, or after
 *   the connection was lost. Without any progress of the socket the connection is given up.
 * - Each connection starts over from the spool: what a lost answer, a refused write or a rewind left behind comes
 *   with its pages, whatever happened before.
 * - Data whose catalog the collector lacks is set aside and the catalog goes ahead; when it has landed, the backlog
 *   is loaded again. So data that nobody has a catalog for never blocks the window.
 * - Live batches (sealed since the connection) go first; at least 30 % of what is sent is backlog, oldest first.
 * - Urgent batches go before all other data, and at any hour; the rest waits while the gate is closed.
 * - Credit 0 is a hint with an expiry: after the wait one batch goes as a probe.
 *
 * Source: protocol/SPEC.md, sections "Sequence rules" and "Acks and flow".
 */
import type { Ack, Answer, Credit, HelloAck } from "../../protocol/index.ts";
import type { BatchInfo, BatchKey } from "../spool/spool-file.ts";
import type { DeliveryEvent, Effect } from "./delivery-events.ts";
import { type DeliveryState, keyOf, type Ms, WINDOW } from "./delivery-state.ts";

const FIRST_RETRANSMIT: Ms = 5_000;
const LONGEST_RETRANSMIT: Ms = 60_000;
/** A catalog is on its way: data waits for it so long. */
const CATALOG_AHEAD: Ms = 5_000;
const STALLED_AFTER: Ms = 60_000;
const LONGEST_WAIT: Ms = 60_000;
const DENIED_PAUSE: Ms = 600_000;
const HELLO_EVERY: Ms = 6 * 3_600_000;
const PAGE = 256;

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
      return open(state, event.session, event.catalogs);
    case "ack":
      return settle(state, event.message, now, effects);
    case "puback":
      return takePuback(state, event.key, now);
    case "sealed":
      if (state.phase !== "open") return; // it comes with the pages
      for (const batch of event.batches) if (!state.flights.has(keyOf(batch))) state.queue.add(batch);
      return;
    case "page": {
      const batches = event.batches.filter((batch) => !state.flights.has(keyOf(batch)));
      return state.queue.addPage(event.page, batches, event.end);
    }
    case "gone":
      return leave(state, event.key);
    case "gate":
      state.isGateOpen = event.isOpen;
      return;
    case "time_wanted":
      return state.phase === "open" ? greetAgain(state, now, effects) : undefined;
    case "tick":
      return tick(state, now, effects);
  }
}

function greet(state: DeliveryState, session: string, now: Ms, effects: Effect[]): void {
  landAll(state);
  Object.assign(state, { phase: "greeting", session, helloAt: now, progressAt: now });
  effects.push({ kind: "send_hello", session });
}

/** On an open connection, which it leaves as it is. One hello is on its way at a time, or lost. */
function greetAgain(state: DeliveryState, now: Ms, effects: Effect[]): void {
  if (state.isGreetingAgain && now - state.helloAt < STALLED_AFTER) return;
  Object.assign(state, { helloAt: now, isGreetingAgain: true });
  effects.push({ kind: "send_hello", session: state.session });
}

/** The connection is gone: what was in flight or at hand is only in the spool now. */
function landAll(state: DeliveryState): void {
  state.flights.clear();
  state.queue.clear();
  Object.assign(state, { phase: "down", refusal: undefined, catalogUntil: 0, isSetAside: false, urgentAside: [], isGreetingAgain: false });
}

/** Nothing more is sent on a connection that is given up. */
function giveUp(state: DeliveryState, effects: Effect[], reason: Extract<Effect, { kind: "disconnect" }>["reason"], pauseMs: Ms = 0): void {
  landAll(state);
  effects.push({ kind: "disconnect", reason, pauseMs });
}

function hear(state: DeliveryState, message: HelloAck, now: Ms, effects: Effect[]): void {
  if (message.session !== state.session || !(state.phase === "greeting" || state.isGreetingAgain)) return;
  if (message.standing === "denied") return giveUp(state, effects, "another_device", DENIED_PAUSE);
  // A hello said again is no progress: its answers could keep up a connection whose batches get no PUBACK.
  if (state.phase === "greeting")
    Object.assign(state, { phase: "reconciling", roundTrip: Math.max(50, now - state.helloAt), progressAt: now });
  takeCredit(state, message.credit, now);
  effects.push({ kind: "reconcile", message });
}

function open(state: DeliveryState, session: string, catalogs: readonly BatchInfo[]): void {
  if (session !== state.session || !(state.phase === "reconciling" || state.isGreetingAgain)) return;
  if (state.isGreetingAgain) state.queue.reload(); // what is pending again comes with the pages
  Object.assign(state, { phase: "open", isGreetingAgain: false });
  for (const batch of catalogs) if (!state.flights.has(keyOf(batch))) state.queue.add(batch);
}

function settle(state: DeliveryState, { answers, credit }: Ack, now: Ms, effects: Effect[]): void {
  for (const answer of answers) noteProgress(state, answer, now);
  takeCredit(state, credit, now);
  const acked = answers.filter(({ nack }) => nack === undefined || nack === "quarantined");
  if (acked.length > 0) {
    state.lastAckAt = now;
    state.refusal = undefined;
    effects.push({ kind: "mark_acked", answers: acked });
  }
  for (const answer of acked) land(state, answer, now);
  for (const answer of answers) if (answer.nack !== undefined) refused(state, answer, now, effects);
}

/** An acked batch leaves, where the ack is for this very content. */
function land(state: DeliveryState, answer: Answer, now: Ms): void {
  const flight = state.flights.get(keyOf(answer));
  const known = flight?.batch ?? state.queue.find(answer);
  if (known !== undefined && known.hash !== answer.hash) return;
  if (flight !== undefined && flight.attempt === 0) state.roundTrip = 0.8 * state.roundTrip + 0.2 * (now - flight.sentAt);
  leave(state, answer);
  if (known === undefined) return;
  state.acked += 1;
  if (known.kind === "catalog") catalogLanded(state, now);
}

function leave(state: DeliveryState, key: BatchKey): void {
  state.flights.delete(keyOf(key));
  state.attempts.delete(keyOf(key));
  state.queue.remove(key);
}

function catalogLanded(state: DeliveryState, now: Ms): void {
  if ([...state.flights.values()].some(({ batch }) => batch.kind === "catalog")) return;
  state.catalogUntil = now;
  if (!state.isSetAside) return;
  state.isSetAside = false;
  state.queue.reload();
  for (const batch of state.urgentAside.splice(0)) state.queue.add(batch);
}

function refused(state: DeliveryState, answer: Answer, now: Ms, effects: Effect[]): void {
  const flight = state.flights.get(keyOf(answer));
  if (flight === undefined || flight.batch.hash !== answer.hash) return;
  state.refusal = answer.nack;
  switch (answer.nack) {
    case "conflict":
    case "too_big":
      leave(state, answer);
      effects.push({ kind: "reseal", key: answer, reason: answer.nack });
      return;
    case "catalog":
      return setAside(state, answer, now, effects);
    case "version":
      return giveUp(state, effects, "version", DENIED_PAUSE);
    default:
      // crc, busy, denied: the same bytes again after the back-off of its attempt.
      flight.deadline = now + backOff(state, flight.attempt);
      if (answer.nack === "denied") greetAgain(state, now, effects);
  }
}

/** One request for a catalog covers all that wait for it; it was no fault of the batch. */
function setAside(state: DeliveryState, key: BatchKey, now: Ms, effects: Effect[]): void {
  const batch = state.flights.get(keyOf(key))?.batch;
  leave(state, key);
  state.isSetAside = true;
  if (batch?.urgent === true) state.urgentAside.push(batch);
  if (now < state.catalogUntil) return;
  state.catalogUntil = now + CATALOG_AHEAD;
  effects.push({ kind: "resend_catalog", key: { epoch: key.epoch, seq: key.seq } });
}

/**
 * PUBACKs come in the order of sending (MQTT 3.1.1, section 4.6), so news of a batch is progress where none before it waits for
 * one: else that one is lost, and later ones could hide it for ever.
 */
function noteProgress(state: DeliveryState, key: BatchKey, now: Ms): void {
  for (const [sent, { deadline }] of state.flights) {
    if (sent === keyOf(key)) state.progressAt = now;
    if (sent === keyOf(key) || deadline === undefined) return;
  }
}

function takePuback(state: DeliveryState, key: BatchKey, now: Ms): void {
  noteProgress(state, key, now);
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
  if (state.phase === "greeting" && now - state.helloAt > STALLED_AFTER) return giveUp(state, effects, "hello_unanswered");
  if (state.phase !== "open") return; // reconciling is work of our own: a big spool takes its time
  if (isStalled(state, now)) return giveUp(state, effects, "stalled");
  if (now - state.helloAt >= HELLO_EVERY) greetAgain(state, now, effects);
  for (const [key, flight] of state.flights) {
    if (flight.deadline === undefined || now < flight.deadline) continue;
    state.flights.delete(key);
    state.queue.addAgain(flight.batch);
  }
}

/** A batch waits for its PUBACK and none before it moves. One that waits for its own back-off is no sign of trouble. */
function isStalled({ flights, progressAt }: DeliveryState, now: Ms): boolean {
  return [...flights.values()].some(({ deadline, sentAt }) => deadline === undefined && now - Math.max(progressAt, sentAt) > STALLED_AFTER);
}

function backOff(state: DeliveryState, attempt: number): Ms {
  return Math.min(LONGEST_RETRANSMIT, Math.max(FIRST_RETRANSMIT, 4 * state.roundTrip) * 2 ** Math.min(attempt, 8));
}

function fillWindow(state: DeliveryState, now: Ms, effects: Effect[]): void {
  const most = mostInFlight(state, now);
  let bytes = 0;
  for (const { batch } of state.flights.values()) bytes += batch.size;
  while (state.flights.size < most) {
    const batch = state.queue.next(state.isGateOpen);
    if (batch === undefined || (now < state.catalogUntil && batch.kind !== "catalog")) break;
    if (state.flights.size > 0 && bytes + batch.size > state.credit.bytes) break;
    state.queue.taken(batch);
    bytes += batch.size;
    const key = keyOf(batch);
    const attempt = state.attempts.get(key) ?? 0;
    state.attempts.set(key, attempt + 1);
    state.flights.set(key, { batch, sentAt: now, pubackAt: undefined, attempt, deadline: undefined });
    effects.push({ kind: "publish", batch });
    // Data beside it would come before it is durable, and be sent back for it.
    if (batch.kind === "catalog" && attempt === 0) state.catalogUntil = now + CATALOG_AHEAD;
  }
  const page = state.queue.wantsPage();
  if (page !== undefined) effects.push({ kind: "load_page", ...page, limit: PAGE });
}

/** The window under the collector's credit; without any, one probe once the wait is over. */
function mostInFlight(state: DeliveryState, now: Ms): number {
  if (state.credit.batches > 0) return Math.min(WINDOW, state.credit.batches);
  return now >= state.waitUntil ? 1 : 0;
}
