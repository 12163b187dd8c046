/**
 * A link against a broker of a few bytes: MQTT 3.1.1 packets, written out, so that the moment of each is ours.
 */
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { expect, test } from "vitest";
import { type LinkOptions, openLink } from "../../../agent/uplink/link.ts";
import { isFault, systemClock } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { startProgram } from "../../support/processes.ts";
import { ROOT } from "../../support/project-files.ts";

const CONNACK = Uint8Array.of(0x20, 2, 0, 0);
const [CONNECT, SUBSCRIBE] = [0x10, 0x82];

type Answer = (packet: Buffer, socket: net.Socket) => void;

/** Each write of the client is one packet here: it waits for the answer before the next. */
async function startBroker(answer: Answer): Promise<AsyncDisposable & { readonly url: string; readonly closed: Promise<unknown> }> {
  const closed = Promise.withResolvers<void>();
  const server = net.createServer((socket) => {
    socket.on("data", (packet) => answer(packet, socket));
    socket.on("error", () => undefined); // the client ends its connections without a word
    socket.once("close", () => closed.resolve());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    closed: closed.promise,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

function options(url: string): LinkOptions {
  const { signal } = new AbortController();
  return { url, prefix: "tributary", agent: "a", session: "0011223344556677", clock: systemClock, signal, onAnswer() {}, onDown() {} };
}

test("a batch that is handed over after the link was closed goes nowhere, and is no error", async () => {
  await using broker = await startBroker((packet, socket) => {
    if (packet[0] === CONNECT) socket.write(CONNACK);
    if (packet[0] === SUBSCRIBE) socket.write(Uint8Array.of(0x90, 3, packet[2] ?? 0, packet[3] ?? 0, 0));
  });
  const link = await openLink(options(broker.url));
  link.close();
  await broker.closed;
  await new Promise((resolve) => setImmediate(resolve));
  const outcome = Promise.race([link.publish("batch", new Uint8Array(10)), new Promise((resolve) => setImmediate(resolve, "nothing"))]);
  expect(await outcome).toBe("nothing");
});

test("a connection that ends before the acks are subscribed to is a fault, and is not waited for", async () => {
  await using broker = await startBroker((packet, socket) => {
    if (packet[0] === CONNECT) socket.write(CONNACK);
    else socket.destroy();
  });
  const error = await openLink(options(broker.url)).catch((error: unknown) => error);
  expect(isFault(error, "connection_lost")).toBe(true);
});

test.for([
  ["that never answers a CONNECT", []],
  ["that lets in and never answers a SUBSCRIBE", [CONNECT]],
] as const)("a broker %s is given up as unreachable after 15 seconds", async ([, answered]) => {
  const time = manualClock();
  const asked = Promise.withResolvers<void>();
  await using broker = await startBroker((packet, socket) => {
    if (answered.some((kind) => kind === packet[0])) socket.write(CONNACK);
    else asked.resolve();
  });
  const outcome = openLink({ ...options(broker.url), clock: time.clock }).catch((error: unknown) => error);
  await asked.promise;
  expect(time.pending()).toEqual(["connect"]);
  await time.advance(15_000_000);
  expect(isFault(await outcome, "unreachable")).toBe(true);
  await broker.closed;
  expect(time.pending()).toEqual([]);
});

test("an attempt that nobody wants any more ends at once", async () => {
  const asked = Promise.withResolvers<void>();
  await using broker = await startBroker(() => asked.resolve());
  const stopping = new AbortController();
  const outcome = openLink({ ...options(broker.url), signal: stopping.signal }).catch((error: unknown) => error);
  await asked.promise;
  stopping.abort();
  expect(isFault(await outcome, "connection_lost")).toBe(true);
  await broker.closed;
});

test("a broker that refuses says why, and it counts as a refusal", async () => {
  await using broker = await startBroker((_, socket) => socket.write(Uint8Array.of(0x20, 2, 0, 5)));
  const error = await openLink(options(broker.url)).catch((error: unknown) => error);
  expect(isFault(error, "refused") && error.message).toContain("Not authorized");
});

test("a connection that ends later is reported once", async () => {
  let downs = 0;
  const down = Promise.withResolvers<void>();
  let connection: net.Socket | undefined;
  await using broker = await startBroker((packet, socket) => {
    connection = socket;
    if (packet[0] === CONNECT) socket.write(CONNACK);
    if (packet[0] === SUBSCRIBE) socket.write(Uint8Array.of(0x90, 3, packet[2] ?? 0, packet[3] ?? 0, 0));
  });
  const onDown = () => {
    downs += 1;
    down.resolve();
  };
  const link = await openLink({ ...options(broker.url), onDown });
  connection?.destroy();
  await down.promise;
  link.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(downs).toBe(1);
});

test("a failed attempt leaves nothing that keeps the process alive", async () => {
  const script = `
    import { openLink } from ${JSON.stringify(path.join(ROOT, "agent/uplink/link.ts"))};
    import { systemClock } from ${JSON.stringify(path.join(ROOT, "protocol/index.ts"))};
    const { signal } = new AbortController();
    const options = { prefix: "tributary", agent: "a", session: "0011223344556677", clock: systemClock, signal, onAnswer() {}, onDown() {} };
    await openLink({ ...options, url: "mqtt://127.0.0.1:1" }).catch(({ code }) => console.log(code));`;
  const program = await startProgram({ args: ["--input-type=module-typescript", "-e", script] });
  expect(await program.ended).toEqual({ code: 0, signal: null });
  expect(program.output()).toBe("unreachable\n");
}, 10_000);
