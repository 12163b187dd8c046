/**
 * inbox: messages that were handed on and not answered yet.
 *
 * Each is answered after its own handling, all in the order of arrival (MQTT-4.6.0-2). At `PENDING` of them, or
 * `PENDING_BYTES`, there is no room: whoever reads waits, the socket fills up, and the broker sends no more.
 */
import { LIMITS } from "../../../protocol/index.ts";

/** All agents come over one connection, each with a window of 8. */
const PENDING = 1_024;
const PENDING_BYTES = 128 * LIMITS.packetBytes;

export class Inbox {
  #messages = 0;
  #bytes = 0;
  #before: Promise<void> = Promise.resolve();
  #waiting: (() => void) | undefined;

  /** Calls `answer` once `handled` and all earlier ones are answered. */
  add(bytes: number, handled: Promise<void>, answer: () => void): void {
    this.#messages += 1;
    this.#bytes += bytes;
    this.#before = Promise.all([handled, this.#before]).then(() => {
      this.#messages -= 1;
      this.#bytes -= bytes;
      answer();
      this.#wake();
    });
  }

  /** Calls `go` when there is room: at once, or later. One may wait at a time. */
  whenRoom(go: () => void): void {
    this.#waiting = go;
    this.#wake();
  }

  #wake(): void {
    if (this.#messages >= PENDING || this.#bytes >= PENDING_BYTES) return;
    const go = this.#waiting;
    this.#waiting = undefined;
    go?.();
  }
}
