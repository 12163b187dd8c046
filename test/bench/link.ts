/**
 * link: what crosses the link for a reading, counted at a proxy between a real MQTT client and a real collector: payload,
 * MQTT, PUBACK, the collector's ack, and TCP/IP.
 *
 * One batch at a time, as a device sends that seals one now and then: each waits for the ack of the one before, so
 * nothing shares a segment. TCP is counted at its worst: 40 bytes for each segment of at most 1,460 bytes, and 40 more
 * for a segment that acks it and carries nothing. Connecting, hello and catalog are not in it: they come once.
 */
import net, { type AddressInfo, type Socket } from "node:net";
import { openLink } from "../../agent/uplink/link.ts";
import {
  type BatchHash,
  catalogHash,
  catalogRef,
  DEFAULT_PREFIX,
  decodeAnswer,
  encodeBatch,
  encodeHello,
  systemClock,
} from "../../protocol/index.ts";
import { catalogOf, EPOCH, sealer } from "./batches.ts";
import { CollectorProcess } from "./collector-process.ts";
import type { DataSet, Recording } from "./data-sets/recording.ts";

const SEGMENT = 1_460;
const TCP_IP = 40;
const SESSION = "00112233445566ff";

export interface LinkBench extends AsyncDisposable {
  /** Bytes that cross the link for these batches, both directions. */
  measure(dataSet: DataSet, parts: readonly Recording[]): Promise<number>;
}

/** A collector in a process of its own behind a counting proxy. */
export async function openLinkBench(): Promise<LinkBench> {
  const collector = await CollectorProcess.start();
  const proxy = await countingProxy(collector.port);
  let agents = 0;
  return {
    async measure(dataSet, parts) {
      agents += 1;
      const client = await connect(`mqtt://127.0.0.1:${proxy.port}`, `bench-${agents}`);
      await client.send(sealedCatalog(dataSet));
      const before = proxy.bytes();
      const seal = sealer(dataSet, FIRST_DATA);
      for (const part of parts) await client.send(seal(part));
      const crossed = proxy.bytes() - before;
      client.close();
      return crossed;
    },
    async [Symbol.asyncDispose]() {
      proxy.close();
      await collector[Symbol.asyncDispose]();
    },
  };
}

/** The catalog goes as seq 1. */
const FIRST_DATA = 2;

function sealedCatalog(dataSet: DataSet) {
  const body = catalogOf(dataSet);
  return encodeBatch({ kind: "catalog", epoch: EPOCH, seq: 1, count: 0, catalog: catalogRef(catalogHash(body)) }, body);
}

interface Client {
  /** Resolves at the collector's ack of this very batch. */
  send(batch: { readonly hash: BatchHash; readonly bytes: Uint8Array }): Promise<void>;
  close(): void;
}

async function connect(url: string, agent: string): Promise<Client> {
  let heard = Promise.withResolvers<string>();
  const link = await openLink({
    url,
    prefix: DEFAULT_PREFIX,
    agent,
    session: SESSION,
    clock: systemClock,
    signal: new AbortController().signal,
    onAnswer: (payload) => {
      const answer = decodeAnswer(payload);
      if ("helloAck" in answer) heard.resolve("hello-ack");
      else for (const { hash, nack } of answer.ack.answers) heard.resolve(nack ?? hash);
    },
    onDown: (fault) => heard.reject(fault),
  });
  const exchange = async (channel: "hello" | "batch", payload: Uint8Array, expected: string) => {
    heard = Promise.withResolvers<string>();
    const [got] = await Promise.all([heard.promise, link.publish(channel, payload)]);
    if (got !== expected) throw new Error(`${agent}: expected ${expected} from the collector, got ${got}`);
  };
  const clock = { wall: Date.now() * 1000, trusted: true, source: "bench" };
  const hello = {
    session: SESSION,
    software: "bench",
    epochs: [{ epoch: EPOCH, from: 1, to: 1 }],
    catalogs: [],
    token: "",
    fingerprint: "",
    clock,
  };
  await exchange("hello", encodeHello({ ...hello, pending: 1 }), "hello-ack");
  return { send: ({ hash, bytes }) => exchange("batch", bytes, hash), close: link.close };
}

interface Proxy {
  readonly port: number;
  bytes(): number;
  close(): void;
}

async function countingProxy(target: number): Promise<Proxy> {
  let bytes = 0;
  const sockets = new Set<Socket>();
  const relay = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on("data", (chunk) => {
      bytes += chunk.length + 2 * TCP_IP * Math.ceil(chunk.length / SEGMENT);
      to.write(chunk);
    });
    from.on("close", () => to.destroy());
    from.on("error", () => to.destroy());
  };
  const server = net.createServer((near) => {
    const far = net.connect(target, "127.0.0.1");
    relay(near, far);
    relay(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => bytes,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
