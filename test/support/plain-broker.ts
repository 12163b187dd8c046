/**
 * plain-broker: an MQTT broker that lets everybody in, on a free port, and remembers what it was told.
 */
import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { Aedes } from "aedes";

export interface Heard {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

export interface PlainBroker extends AsyncDisposable {
  readonly url: string;
  /** What was published, wills included, in its order. */
  readonly heard: readonly Heard[];
  /** Breaks every connection, without a goodbye. */
  breakAll(): void;
}

export async function plainBroker(): Promise<PlainBroker> {
  const aedes = await Aedes.createBroker();
  const heard: Heard[] = [];
  aedes.on("publish", ({ topic, payload, retain }) => {
    if (!topic.startsWith("$SYS")) heard.push({ topic, payload: payload.toString(), retain });
  });
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    breakAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
