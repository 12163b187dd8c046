/**
 * world: a link between real sockets, on a clock that stands still unless a test moves it.
 */
import { once } from "node:events";
import net, { type Socket } from "node:net";
import { type LinkFault, openLink } from "../../../simulators/link/index.ts";
import type { Chances } from "../../../simulators/link/link.ts";
import { eventually } from "../../support/eventually.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { randomOf } from "../../support/seeded-random.ts";

export const LOOPBACK = { host: "127.0.0.1", port: 0 };

export interface Side {
  readonly socket: Socket;
  /** All bytes so far. */
  heard(): string;
  /** How it ended: `open`, `end` (FIN), or the code of its error. */
  end(): string;
}

export function sideOf(socket: Socket): Side {
  let heard = "";
  let end = "open";
  socket.setEncoding("latin1").on("data", (text: string) => {
    heard += text;
  });
  socket.on("end", () => {
    end = "end";
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    end = String(error.code);
  });
  return { socket, heard: () => heard, end: () => end };
}

/** A target that keeps what it hears, a link in front of it, a clock that stands still unless it is moved. */
export async function openWorld(chances: Chances = {}, seed = 1) {
  const arrived: Side[] = [];
  const target = net.createServer((socket) => arrived.push(sideOf(socket)));
  target.listen(0, "127.0.0.1");
  await once(target, "listening");
  const { clock, advance } = manualClock();
  const { port } = target.address() as net.AddressInfo;
  const { fraction } = randomOf(seed);
  const link = await openLink({ listen: LOOPBACK, to: { host: "127.0.0.1", port }, clock, fraction, chances });
  const clients: Side[] = [];
  return {
    link,
    arrived,
    advance,
    begin: (fault: LinkFault) => link.begin(fault),
    async connect(): Promise<Side> {
      const client = sideOf(net.connect({ ...link.address, noDelay: true }));
      clients.push(client);
      await eventually(() => client.socket.readyState === "open" || client.end() !== "open", Boolean, 1);
      return client;
    },
    /** The target's side of the connection number `index`. */
    at: (index: number) => eventually(() => arrived[index] as Side, Boolean, 1),
    async [Symbol.asyncDispose]() {
      await link.close();
      for (const { socket } of [...clients, ...arrived]) socket.destroy();
      await new Promise((resolve) => target.close(resolve));
    },
  };
}

export const hears = (side: Side, text: string) => eventually(side.heard, (heard) => heard === text, 1);
export const ends = (side: Side, how: string) => eventually(side.end, (end) => end === how, 1);
