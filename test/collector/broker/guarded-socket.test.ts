import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { setTimeout as later } from "node:timers/promises";
import { expect, test } from "vitest";
import { guardSocket } from "../../../collector/broker/embedded/guarded-socket.ts";
import { type Clock, type Fault, systemClock } from "../../../protocol/index.ts";
import { connectPacket } from "./packets.ts";

test("a CONNECT that waits unread when its time is over is read before it is judged", async () => {
  const server = net.createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = (await once(server, "connection")) as [Socket];
  const refused: Fault[] = [];
  let timeIsOver = () => {};
  const after: Clock["after"] = (_name, _delay, run) => {
    timeIsOver = run;
    return { cancel: () => {} };
  };
  guardSocket(socket, { clock: { ...systemClock, after }, mayRead: () => true, refuse: (fault) => void refused.push(fault) });
  const read = new Promise((resolve) => socket.on("readable", () => resolve(socket.read())));
  await later(0); // like any timer: what is readable comes behind it
  client.write(connectPacket("a"));
  timeIsOver();
  expect(await read).toEqual(connectPacket("a"));
  await later(0);
  expect(refused).toEqual([]);
  expect(socket.destroyed).toBe(false);
  for (const end of [client, socket]) end.destroy();
  server.close();
});
