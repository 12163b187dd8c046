/**
 * guarded-socket: puts the frame guard between a socket and whoever reads it.
 *
 * `Readable.read` is the one door out of a socket, so the guard stands there: nothing is copied, nothing is
 * buffered twice, and the socket's own back-pressure works in both directions. While `mayRead` says no, the
 * door is shut, the socket's buffer fills up to its high-water mark and TCP slows the sender down; the reader
 * (aedes) comes back for more whenever one of its publishes is answered.
 */
import type { Socket } from "node:net";
import { type Clock, Fault, LIMITS, MICROS_PER_MS, micros } from "../../../protocol/index.ts";
import { createFrameGuard } from "./frame-guard.ts";

export interface GuardOptions {
  readonly clock: Clock;
  readonly mayRead: () => boolean;
  /** Called once, before the socket is destroyed. */
  readonly refuse: (fault: Fault) => void;
}

export function guardSocket(socket: Socket, { clock, mayRead, refuse }: GuardOptions): void {
  const guard = createFrameGuard();
  const take = socket.read.bind(socket);

  function hangUp(fault: Fault): null {
    refuse(fault);
    socket.destroy(fault);
    return null;
  }

  // A process that was busy for so long sees the time first: what came meanwhile is read before it is judged.
  const patience = clock.after("mqtt connect", micros(LIMITS.connectMs * MICROS_PER_MS), () => {
    void clock.afterInput().then(() => {
      if (guard.packets === 0 && !socket.destroyed) hangUp(connectTimeout());
    });
  });
  socket.once("close", () => patience.cancel());

  socket.read = (size?: number): Buffer | null => {
    if (size === 0) return take(0); // how node starts a socket's reading
    if (socket.destroyed || !mayRead()) return null;
    const chunk: Buffer | null = take(size);
    if (chunk === null) return null;
    const fault = guard.see(chunk);
    if (fault !== undefined) return hangUp(fault);
    if (guard.packets > 0) patience.cancel();
    return chunk;
  };
}

function connectTimeout(): Fault {
  return new Fault("connect_timeout", `mqtt: expected a whole CONNECT within ${LIMITS.connectMs / 1000} s of connecting`);
}
