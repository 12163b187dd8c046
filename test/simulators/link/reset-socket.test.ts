import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { resetSocket } from "../../../simulators/link/reset-socket.ts";

async function connected(): Promise<{ readonly socket: Socket; readonly peer: Socket; close(): void }> {
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const socket = net.connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, allowHalfOpen: true });
  await once(socket, "connect");
  const [peer] = (await accepted) as [Socket];
  return { socket, peer, close: () => server.close() };
}

test("a connection is ended by a reset", async () => {
  const { socket, peer, close } = await connected();
  const [closed, reset] = [once(socket, "close"), once(peer, "error")];
  resetSocket(socket);
  await closed;
  expect((await reset)[0]).toMatchObject({ code: "ECONNRESET" });
  close();
});

test.each([
  ["at once", (go: () => void) => go()],
  ["a tick later", (go: () => void) => process.nextTick(go)],
  ["when it is out", (go: () => void) => setTimeout(go, 50)],
])("one whose end is on its way is closed: %s", async (_when, later) => {
  const { socket, peer, close } = await connected();
  const errors: unknown[] = [];
  socket.on("error", (error) => errors.push(error));
  peer.on("error", () => undefined);
  const closed = once(socket, "close");
  socket.end();
  later(() => resetSocket(socket));
  await closed;
  expect(errors).toEqual([]);
  peer.destroy();
  close();
});
