/**
 * flow: the bytes of one direction of a connection, from a socket to the one or two that shall have them.
 *
 * - It holds at most `MOST_HELD` and then reads no more, so a slow reader slows the writer down through it.
 * - Order is kept whatever the delays are; the end (FIN) is delayed like a byte.
 * - What falls into a black hole is gone, and with it the rest of the connection: no peer could make sense of it.
 */
import { once } from "node:events";
import type { Socket } from "node:net";
import { type Clock, MICROS_PER_SECOND, micros } from "../../protocol/index.ts";
import type { Conditions } from "./faults.ts";

/** Bytes. */
const MOST_HELD = 1024 * 1024;
/** A throttled link passes about so many pieces a second. */
const PIECES_PER_SECOND = 20;
const END = undefined;

export interface FlowParts {
  readonly from: Socket;
  /** The first is the one that counts: the others are written to while they take it. */
  readonly to: readonly [Socket, ...Socket[]];
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  fraction(): number;
  conditions(): Conditions;
  /** Resolves when the conditions change. */
  changed(): Promise<void>;
  /** So many bytes went through, or into the hole. */
  count(count: number, fate: "bytes" | "swallowed"): void;
  /** Ends it, with whatever it holds. */
  readonly signal: AbortSignal;
}

interface Held {
  readonly bytes: Buffer | typeof END;
  /** Monotonic microseconds. */
  readonly due: number;
}

export class Flow {
  readonly #parts: FlowParts;
  readonly #queue: Held[] = [];
  #heldBytes = 0;
  #lastDue = 0;
  /** When the throttle lets the next byte pass. */
  #freeAt = 0;
  #arrived = Promise.withResolvers<void>();

  constructor(parts: FlowParts) {
    this.#parts = parts;
    parts.from.on("data", (bytes: Buffer) => this.#take(bytes));
    parts.from.once("end", () => this.#take(END));
  }

  /** Resolves when the end came and was passed on. @throws the reason of the signal. */
  async run(): Promise<void> {
    const { from, to, conditions, signal } = this.#parts;
    for (;;) {
      const held = await this.#next();
      await this.#until(held.due);
      await this.#passable();
      if (held.bytes === END) break;
      await this.#deliver(held.bytes);
      this.#release(held.bytes.length);
    }
    signal.throwIfAborted();
    if (conditions().isHole)
      from.destroy(); // it has given up, and nobody shall hear of it
    else for (const socket of to) socket.end();
  }

  #take(bytes: Buffer | typeof END): void {
    const { clock, from, fraction } = this.#parts;
    const { latency, jitter } = this.#parts.conditions();
    this.#lastDue = Math.max(this.#lastDue, clock.monotonic() + latency + fraction() * jitter);
    this.#queue.push({ bytes, due: this.#lastDue });
    this.#heldBytes += bytes?.length ?? 0;
    if (this.#heldBytes > MOST_HELD) from.pause();
    this.#arrived.resolve();
  }

  #release(bytes: number): void {
    this.#heldBytes -= bytes;
    if (this.#heldBytes <= MOST_HELD / 2 && this.#parts.from.isPaused()) this.#parts.from.resume();
  }

  async #next(): Promise<Held> {
    for (;;) {
      const held = this.#queue.shift();
      if (held !== undefined) return held;
      this.#arrived = Promise.withResolvers();
      await orAborted(this.#arrived.promise, this.#parts.signal);
    }
  }

  async #until(due: number): Promise<void> {
    const { clock, signal } = this.#parts;
    const wait = due - clock.monotonic();
    if (wait > 0) await clock.sleep("bytes on the link", micros(Math.ceil(wait)), signal);
  }

  async #passable(): Promise<void> {
    const { conditions, changed, signal } = this.#parts;
    while (conditions().isStalled && !conditions().isHole) await orAborted(changed(), signal);
  }

  async #deliver(bytes: Buffer): Promise<void> {
    const { conditions, clock, count } = this.#parts;
    for (let start = 0; start < bytes.length; ) {
      await this.#passable();
      const { isHole, isByByte, rate } = conditions();
      const piece = bytes.subarray(start, start + pieceSize(isByByte, rate));
      start += piece.length;
      count(piece.length, isHole ? "swallowed" : "bytes");
      if (isHole) continue;
      await this.#pace(piece.length, rate);
      await this.#write(piece);
      if (isByByte) await clock.afterInput(); // or the kernel would be given several at once
    }
  }

  async #pace(bytes: number, rate: number): Promise<void> {
    if (rate === Number.POSITIVE_INFINITY) return;
    await this.#until(this.#freeAt);
    this.#freeAt = Math.max(this.#freeAt, this.#parts.clock.monotonic()) + (bytes / rate) * MICROS_PER_SECOND;
  }

  async #write(piece: Buffer): Promise<void> {
    const { to, signal } = this.#parts;
    const full = to.filter((socket) => socket.writable && !socket.write(piece));
    await orAborted(Promise.all(full.map(roomIn)), signal);
  }
}

function pieceSize(isByByte: boolean, rate: number): number {
  if (isByByte) return 1;
  return Math.max(1, Math.ceil(rate / PIECES_PER_SECOND));
}

/** A socket that closes has all the room there is. */
async function roomIn(socket: Socket): Promise<void> {
  const over = new AbortController();
  const gone = { signal: over.signal };
  try {
    if (!socket.closed) await Promise.race([once(socket, "drain", gone), once(socket, "close", gone)]);
  } catch (error) {
    if (!socket.errored) throw error;
  } finally {
    over.abort();
  }
}

async function orAborted(wait: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([wait, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
