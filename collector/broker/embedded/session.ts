/**
 * session: one connection, from its socket to its unanswered publishes.
 *
 * Publishes are handed on in the order of arrival and answered in the same order (MQTT-4.6.0-2), each after
 * its own commit. At `PENDING` unanswered ones, or `PENDING_BYTES` of them, no more is read from the socket;
 * nor while a CONNECT is being decided.
 */
import type { Socket } from "node:net";
import type { Client } from "aedes";
import { type Fault, LIMITS } from "../../../protocol/index.ts";

/** Far above the agent's own window of 8: it bounds strangers, not agents. */
const PENDING = 64;
const PENDING_BYTES = 8 * LIMITS.packetBytes;

export class Session {
  readonly socket: Socket;
  /** `127.0.0.1:53211`: who it is before, or without, a valid name. */
  readonly address: string;
  state: "new" | "deciding" | "accepted" = "new";
  /** Valid from the CONNECT on. */
  agent: string | undefined;
  /** Why the CONNECT is to be refused. */
  refusal: Fault | undefined;
  /** Set while it is registered with aedes. */
  client: Client | undefined;
  /** It has subscribed to its acks. */
  listening = false;
  #asked = 0;
  #pending = 0;
  #pendingBytes = 0;
  #lastAnswer: Promise<void> = Promise.resolve();

  constructor(socket: Socket) {
    this.socket = socket;
    this.address = `${socket.remoteAddress}:${socket.remotePort}`;
  }

  get name(): string {
    return this.agent ?? this.address;
  }

  mayRead(): boolean {
    return this.state !== "deciding" && this.#pending < PENDING && this.#pendingBytes < PENDING_BYTES;
  }

  /** One more topic of a SUBSCRIBE: which of it is it? What comes in one turn counts as one SUBSCRIBE. */
  askTopic(): number {
    if (this.#asked === 0) queueMicrotask(() => this.#forgetAsked());
    this.#asked += 1;
    return this.#asked;
  }

  /** Calls `answer` once `handled` and all earlier ones of this session are answered. */
  answerInOrder(bytes: number, handled: Promise<void>, answer: () => void): void {
    this.#pending += 1;
    this.#pendingBytes += bytes;
    this.#lastAnswer = this.#answer(this.#lastAnswer, bytes, handled, answer);
  }

  #forgetAsked(): void {
    this.#asked = 0;
  }

  async #answer(before: Promise<void>, bytes: number, handled: Promise<void>, answer: () => void): Promise<void> {
    await handled;
    await before;
    this.#pending -= 1;
    this.#pendingBytes -= bytes;
    answer();
  }
}
