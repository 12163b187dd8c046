/**
 * devices: which device holds the name of an agent, told by its fork token and its fingerprint (rule 8).
 *
 * Every hello-ack hands out a token and the next hello presents it. A device shows by it that nobody else went on from
 * where it stands; its spool shows the same by what it has sealed. What is decided of a device that says hello:
 *
 * - The holder itself (same fingerprint): welcome. With a token that is void, or a current epoch that was further once,
 *   its spool was rolled back.
 * - Another device with a valid token: a card that moved. Welcome, unless the holder was heard of since the two parted:
 *   then it is a copy and denied. From there on it is the holder, and the other one is the copy.
 * - Another device without a valid token: denied, until the operator says that it replaces the holder.
 *
 * Batches are bound to it by their epoch: only what the holder's last hello named is taken in (`isNamed`).
 *
 * Why no series holds readings of two devices: a token goes out once, in one hello-ack. So whoever came by a copy before
 * the holder's last hello cannot have the token of its answer, and has no valid one any more when the first batch
 * behind that hello is here. Who came by it later shows by its epochs that it lacks what the holder has sealed since.
 *
 * Pure: randomness is handed in. Valid are the token handed out last, and those before it back to the one presented last,
 * for hello-acks may be lost. One that was handed out later than any known here is so for the holder alone: this collector
 * was restored from a backup, and cannot tell what of others it has forgotten.
 */
import { type EpochId, type Hello, type HelloEpoch, LIMITS, type Standing } from "../../protocol/index.ts";
import type { Ledger } from "./ledger.ts";

/** Who holds a name, as of the last hello that was let in. Plain JSON. */
export interface Holder {
  /** Handed out last. */
  readonly token: string;
  /** Valid as well until a later one is presented: the one presented last, then those whose answer seems to be lost. */
  readonly before: readonly string[];
  readonly fingerprint: string;
  /** The operator let the next other device take the name over. */
  readonly isReplaceable: boolean;
  /** What its spool had then. */
  readonly epochs: readonly HelloEpoch[];
  /** Batches of the agent that were here then. */
  readonly arrived: number;
}

export interface Judgement {
  readonly standing: Standing;
  /** As it is from now on; the same object where nothing changed. */
  readonly holder: Holder;
}

/** What is here of the agent, by epoch. */
export type Ledgers = ReadonlyMap<EpochId, Ledger>;

type Presented = "none" | "last" | "before" | "later" | "void";

const COUNTER_DIGITS = 12;
/** Valid before the last one: so many answers may be lost in a row without a device that begins a new epoch for it. */
const MOST_BEFORE = 8;

/** @param random 8 bytes as hex, for a new token. */
export function judgeDevice(holder: Holder | undefined, hello: Hello, ledgers: Ledgers, random: string): Judgement {
  const { token, fingerprint } = hello;
  const next = (before: readonly string[]): Holder => ({
    token: tokenAfter([holder?.token ?? "", token], random),
    ...{ before, fingerprint, isReplaceable: false, epochs: hello.epochs, arrived: arrivedOf(ledgers) },
  });
  if (holder === undefined) return { standing: "welcome", holder: next([token]) };
  const presented = judgeToken(holder, token, ledgers);
  if (fingerprint === holder.fingerprint) {
    const standing = presented === "void" || isRolledBack(holder, hello, ledgers, presented) ? "rolled_back" : "welcome";
    return { standing, holder: { ...next(validBefore(holder, token, presented)), isReplaceable: holder.isReplaceable } };
  }
  if (holder.isReplaceable) return { standing: presented === "none" ? "welcome" : "rolled_back", holder: next([token]) };
  const isMoved = (presented === "last" || presented === "before") && !isOvertaken(holder, hello, ledgers);
  return isMoved ? { standing: "welcome", holder: next([token]) } : { standing: "denied", holder };
}

/**
 * Where more batches are here than at the holder's last hello, it was answered: the holder has the token of that answer, and
 * all others are void. What it sealed does not show that alone: rolled back behind a copy, both count on from the same place.
 */
function judgeToken(holder: Holder, token: string, ledgers: Ledgers): Presented {
  if (token === "") return "none";
  if (token === holder.token) return "last";
  if (holder.before.includes(token)) return arrivedOf(ledgers) > holder.arrived ? "void" : "before";
  return counterOf(token) > counterOf(holder.token) ? "later" : "void";
}

/** What stays valid beside the next token: the holder may not get that. */
function validBefore({ before, token: last }: Holder, token: string, presented: Presented): readonly string[] {
  if (presented === "none" || presented === "void") return [];
  if (presented !== "before") return [token];
  const [first = token, ...lost] = [...before.slice(before.indexOf(token)), last];
  return [first, ...lost.slice(1 - MOST_BEFORE)];
}

/** 6 bytes of counter, so that later ones can be told from earlier ones, and 8 random ones. */
function tokenAfter(tokens: readonly string[], random: string): string {
  const counter = (Math.max(...tokens.map(counterOf)) + 1) % 16 ** COUNTER_DIGITS; // a stranger may present the highest
  return counter.toString(16).padStart(COUNTER_DIGITS, "0") + random;
}

function counterOf(token: string): number {
  return Number.parseInt(token.slice(0, COUNTER_DIGITS), 16) || 0;
}

/** Was the holder's own spool further once than it is now? Epochs before the current one stay what they are. */
function isRolledBack(holder: Holder, { epochs }: Hello, ledgers: Ledgers, presented: Presented): boolean {
  const current = epochs.at(-1);
  if (current === undefined) return false;
  const before = holder.epochs.find(({ epoch }) => epoch === current.epoch);
  const highest = Math.max(before?.to ?? 0, ledgers.get(current.epoch)?.highest ?? 0);
  return highest > current.to || (presented !== "none" && !namesAll(holder, epochs));
}

/** May a batch of this epoch come from the device that holds the name? Where its list was full, older epochs are not on it. */
export function isNamed(holder: Holder | undefined, epoch: EpochId): boolean {
  if (holder === undefined) return false;
  return holder.epochs.length >= LIMITS.epochsPerHello || holder.epochs.some((named) => named.epoch === epoch);
}

/**
 * Was anything heard of the holder that the spool of this other device does not know of? What a spool had sent before it
 * was rolled back looks the same, so a card that was rolled back and then moved needs the operator's word.
 */
function isOvertaken(holder: Holder, { epochs }: Hello, ledgers: Ledgers): boolean {
  const sealed = new Map(epochs.map(({ epoch, to }) => [epoch, to]));
  return (
    !namesAll(holder, epochs) ||
    holder.epochs.some(({ epoch, to }) => to > (sealed.get(epoch) ?? to)) ||
    epochs.some(({ epoch, to }) => (ledgers.get(epoch)?.highest ?? 0) > to)
  );
}

/** Batches of all epochs, the declared losses among them. */
function arrivedOf(ledgers: Ledgers): number {
  let arrived = 0;
  for (const { ranges } of ledgers.values()) for (const [from, to] of ranges.list()) arrived += to - from + 1;
  return arrived;
}

/** A full list has left older epochs out. */
function namesAll(holder: Holder, epochs: readonly HelloEpoch[]): boolean {
  const named = new Set(epochs.map(({ epoch }) => epoch));
  return epochs.length >= LIMITS.epochsPerHello || holder.epochs.every(({ epoch }) => named.has(epoch));
}
