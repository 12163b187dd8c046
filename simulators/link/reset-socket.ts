/**
 * reset-socket: ends a TCP connection by a RST, in whatever state it is.
 */
import type { Socket } from "node:net";

/**
 * While the FIN of a socket goes out, Node cannot reset it: `resetAndDestroy` fails with EINVAL, the socket never says "close",
 * and a process that is left with it never ends, at full load (Node 24, libuv's uv_tcp_close_reset). Such a one is closed.
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
