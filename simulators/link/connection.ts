/**
 * connection: one client through the link: two sockets, a flow each way, and the faults that it alone has.
 *
 * - An end (FIN) or a reset of one side is passed to the other, as a cable would: a connection that fell into a black
 *   hole passes nothing any more, and lasts until both sides have given up or the link closes.
 * - A doubled connection has a second one to the target. For MQTT that means: the same client comes twice, the broker must
 *   end the older of the two (MQTT 3.1.1, 3.1.4-2), and whatever the client said up to there arrives twice. What the target
 *   says to the second is thrown away.
 */
import net, { type Socket } from "node:net";
import type { Clock } from "../../protocol/index.ts";
import type { Address } from "./address.ts";
import type { LinkCounts } from "./counts.ts";
import { conditionsOf, type LinkFault } from "./faults.ts";
import { Flow } from "./flow.ts";
import { resetSocket } from "./reset-socket.ts";

export interface ConnectionParts {
  readonly near: Socket;
  readonly target: Address;
  readonly clock: Clock;
  fraction(): number;
  /** Of the whole link, at this moment. */
  faults(): Iterable<LinkFault>;
  changed(): Promise<void>;
  readonly counts: LinkCounts;
  /** Both sides are gone. */
  onClosed(): void;
}

export class Connection {
  readonly #parts: ConnectionParts;
  readonly #own = new Set<LinkFault>();
  readonly #sockets = new Set<Socket>();
  readonly #over = new AbortController();
  #isDead = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#adopt(parts.near);
  }

  /** To the target, twice if it is doubled; into a black hole nobody is called. */
  open(): void {
    const { near, counts, faults } = this.#parts;
    if (conditionsOf(faults()).isHole) {
      this.die();
      near.on("data", ({ length }: Buffer) => {
        counts.swallowed_up += length;
      });
      near.once("end", () => near.destroy());
      return;
    }
    const far = this.#call();
    const twins = [...faults(), ...this.#own].some(({ fault }) => fault === "double") ? [this.#call()] : [];
    counts.doubled += twins.length;
    for (const twin of twins) twin.resume();
    this.#flow(near, [far, ...twins], "up");
    this.#flow(far, [near], "down");
    for (const socket of [near, far]) this.#passOn(socket, socket === near ? [far, ...twins] : [near]);
  }

  /** From now on it has this fault as well; say what else must know of the change. */
  add(fault: LinkFault): void {
    this.#own.add(fault);
  }

  /** Half-open for ever. */
  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#parts.counts.half_open += 1;
  }

  cut(): void {
    this.#over.abort(new Error("the connection was cut"));
    for (const socket of this.#sockets) socket.destroy();
  }

  reset(): void {
    this.#over.abort(new Error("the connection was reset"));
    for (const socket of this.#sockets) resetSocket(socket);
  }

  #call(): Socket {
    const { target } = this.#parts;
    const far = net.connect({ host: target.host, port: target.port, allowHalfOpen: true, noDelay: true });
    this.#adopt(far);
    return far;
  }

  #adopt(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined); // "close" follows, and says that there was one
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size > 0) return;
      this.#over.abort(new Error("the connection is closed"));
      this.#parts.onClosed();
    });
  }

  #flow(from: Socket, to: readonly [Socket, ...Socket[]], direction: "up" | "down"): void {
    const { clock, fraction, counts, changed } = this.#parts;
    const flow = new Flow({
      from,
      to,
      clock,
      fraction,
      changed,
      conditions: () => {
        const conditions = conditionsOf([...this.#parts.faults(), ...this.#own]);
        return this.#isDead ? { ...conditions, isHole: true } : conditions;
      },
      count: (bytes, fate) => {
        counts[`${fate}_${direction}`] += bytes;
        if (fate === "swallowed") this.die();
      },
      signal: this.#over.signal,
    });
    flow.run().catch((error: unknown) => {
      if (!this.#over.signal.aborted) throw error;
    });
  }

  /** The abrupt end of one side is the end of the other; an orderly one goes through the flow. */
  #passOn(socket: Socket, others: readonly Socket[]): void {
    socket.once("close", (hadError) => {
      if (this.#isDead || this.#over.signal.aborted) return;
      if (hadError) for (const other of others) resetSocket(other);
      else if (!socket.readableEnded) for (const other of others) other.destroy();
    });
  }
}
