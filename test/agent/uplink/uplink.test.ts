/**
 * An uplink over a real spool and a real broker, on a clock that the test moves. What a collector says is written
 * out here, so that it can also say nothing.
 */
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { Aedes } from "aedes";
import { expect, test } from "vitest";
import { TrustedClock } from "../../../agent/clock/trusted-clock.ts";
import { SendGate } from "../../../agent/uplink/gate.ts";
import { Uplink } from "../../../agent/uplink/uplink.ts";
import {
  type Answer,
  decodeHello,
  encodeAck,
  encodeHelloAck,
  epochMicros,
  Fault,
  type Hello,
  parseBatch,
} from "../../../protocol/index.ts";
import { eventually } from "../../support/eventually.ts";
import { manualClock, NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";
import { inlineSpool } from "../spool/inline-spool.ts";

const SECOND = 1_000_000;
const CREDIT = { batches: 8, bytes: 1_000_000, waitMs: 0 };
const HEAD = { generation: "0011223344556677", time: NEW_YEAR_2026, timeTrusted: true, credit: CREDIT };
const DISK_FULL = new Fault("disk_full", "spool.db: expected room on the disk, got SQLITE_FULL", { retry: true });

/** How the collector behind the broker behaves. */
interface Manners {
  answersHello: boolean;
  acks: boolean;
  /** Default: it trusts its clock. */
  isUnsure?: boolean;
}

async function startBroker(manners: Manners) {
  const broker = await Aedes.createBroker();
  const heard: { readonly hellos: Hello[]; readonly batches: Answer[] } = { hellos: [], batches: [] };
  const say = (payload: Uint8Array) =>
    broker.publish(
      { cmd: "publish", topic: "tributary/a/ack", payload: Buffer.from(payload), qos: 0, dup: false, retain: false },
      () => {},
    );
  broker.on("publish", ({ topic, payload }) => {
    if (topic === "tributary/a/hello") {
      const hello = decodeHello(payload as Buffer);
      heard.hellos.push(hello);
      const epochs = hello.epochs.map(({ epoch }) => ({ epoch, ranges: [] }));
      const rest = {
        session: hello.session,
        collector: "1122334455667788",
        token: "",
        standing: "welcome" as const,
        epochs,
        missingCatalogs: [],
      };
      if (manners.answersHello) say(encodeHelloAck({ ...HEAD, ...rest, timeTrusted: manners.isUnsure !== true }));
    } else if (topic === "tributary/a/batch") {
      const { epoch, seq, hash } = parseBatch(payload as Buffer).header;
      heard.batches.push({ epoch, seq, hash });
      if (manners.acks) say(encodeAck({ ...HEAD, answers: [{ epoch, seq, hash }] }));
    }
  });
  const server = net.createServer((socket) => broker.handle(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    heard,
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      server.close();
    },
  };
}

function bench(dir: TempDir, url: string) {
  const time = manualClock();
  const log = quietLog();
  const random = seededRandom("uplink", 1);
  const inline = inlineSpool(dir.join("spool.db"), random); // a new spool holds one batch: its catalog
  const trust = { trust: "collector", root: dir.path, builtAt: epochMicros(0), newestSeal: epochMicros(0) } as const;
  const trustedClock = new TrustedClock(time.clock, trust);
  const counts = { acked: 0, greeted: 0 };
  const uplink = new Uplink({
    url,
    prefix: "tributary",
    agent: "a",
    software: "test",
    labels: {},
    spool: inline.spool,
    clock: time.clock,
    random,
    log,
    trustedClock,
    gate: new SendGate(undefined, time.clock),
    onAcked: () => void counts.acked++,
    onGreeted: () => void counts.greeted++,
  });
  const pending = () => inline.service.status().pendingBatches;
  return { uplink, time, log, inline, counts, trustedClock, pending };
}

/** Passes time in small pieces, with real input between them, until it is so. */
async function pass(time: ReturnType<typeof manualClock>, isSo: () => boolean): Promise<void> {
  await eventually(
    async () => {
      await time.advance(SECOND);
      return isSo();
    },
    Boolean,
    1,
  );
}

const codes = (log: ReturnType<typeof quietLog>) => log.entries.map(({ fields }) => (fields as { code?: string }).code);

test("an acked batch is history, and the collector's time is heard", async () => {
  await using dir = await tempDir();
  await using broker = await startBroker({ answersHello: true, acks: true });
  const { uplink, counts, trustedClock, pending } = bench(dir, broker.url);
  uplink.start();
  await eventually(pending, (count) => count === 0);
  expect(counts).toEqual({ acked: 1, greeted: 1 });
  expect(trustedClock.report().source).toBe("collector");
  expect(uplink.status()).toMatchObject({ phase: "open", ackedBatches: 1, inFlight: 0, trouble: undefined });
  await uplink.stop();
  expect(uplink.status().phase).toBe("down");
});

test("a collector that does not trust its clock is asked again, on the same connection, until it does", async () => {
  await using dir = await tempDir();
  const manners: Manners = { answersHello: true, acks: true, isUnsure: true };
  await using broker = await startBroker(manners);
  const { uplink, time, trustedClock } = bench(dir, broker.url);
  uplink.start();
  const minutes = () => Math.round((time.clock.monotonic() - began) / SECOND / 60);
  const began = time.clock.monotonic();
  await pass(time, () => broker.heard.hellos.length === 4);
  expect(minutes(), "after 1, 2 and 4 minutes").toBe(7);
  expect(trustedClock.report().source).toBe("none");
  manners.isUnsure = false;
  await pass(time, () => trustedClock.report().source === "collector");
  expect(minutes()).toBe(15);
  await pass(time, () => minutes() > 60);
  expect(broker.heard.hellos).toHaveLength(5);
  expect(new Set(broker.heard.hellos.map(({ session }) => session)).size).toBe(1);
  await uplink.stop();
});

test("a PUBACK is no ack: what the broker took and the collector did not answer stays pending and is sent again", async () => {
  await using dir = await tempDir();
  const manners = { answersHello: true, acks: false };
  await using broker = await startBroker(manners);
  const { uplink, time, counts, pending } = bench(dir, broker.url);
  uplink.start();
  await pass(time, () => broker.heard.batches.length >= 3);
  expect([pending(), counts.acked]).toEqual([1, 0]);
  expect(new Set(broker.heard.batches.map(({ hash }) => hash)).size, "the same bytes each time").toBe(1);
  manners.acks = true;
  await pass(time, () => pending() === 0);
  await uplink.stop();
});

test("a broker without a collector is left and tried again, and one line says so", async () => {
  await using dir = await tempDir();
  const manners = { answersHello: false, acks: true };
  await using broker = await startBroker(manners);
  const { uplink, time, log, pending } = bench(dir, broker.url);
  uplink.start();
  await pass(time, () => broker.heard.hellos.length >= 3);
  expect(new Set(broker.heard.hellos.map(({ session }) => session)).size, "a new session each time").toBe(broker.heard.hellos.length);
  expect(broker.heard.batches).toEqual([]);
  expect(codes(log)).toEqual(["hello_unanswered"]);
  expect(uplink.status().trouble).toContain("a broker answers, but no collector");
  manners.answersHello = true;
  await pass(time, () => pending() === 0);
  await uplink.stop();
});

test("forty attempts without a collector are one line in the log, and space out", async () => {
  await using dir = await tempDir();
  let attempts = 0;
  const server = net.createServer((socket) => {
    attempts += 1;
    socket.on("error", () => undefined);
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { uplink, time, log } = bench(dir, `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`);
  uplink.start();
  await eventually(
    async () => {
      await time.advance(10 * SECOND);
      return attempts;
    },
    (count) => count >= 40,
    1,
  );
  const minutes = (time.clock.monotonic() - SECOND) / (60 * SECOND);
  expect(attempts, "30 s apart on average after the first").toBeLessThan(15 + 4 * minutes);
  expect(minutes).toBeGreaterThan(5);
  expect(new Set(codes(log))).toEqual(new Set(["unreachable"]));
  expect(log.entries.length).toBeLessThanOrEqual(2); // "closed" and "reset" are two ways of one trouble
  await uplink.stop();
  server.close();
});

test("a spool that cannot be written is no reason for haste: attempts space out, and nothing counts as acked", async () => {
  await using dir = await tempDir();
  await using broker = await startBroker({ answersHello: true, acks: true });
  const { uplink, time, log, inline, pending } = bench(dir, broker.url);
  inline.fault = DISK_FULL;
  uplink.start();
  await pass(time, () => broker.heard.hellos.length >= 8);
  const minutes = (time.clock.monotonic() - SECOND) / (60 * SECOND);
  expect(minutes).toBeGreaterThan(0.2);
  expect(pending()).toBe(1);
  expect(codes(log)).toEqual(["disk_full"]);
  inline.fault = undefined;
  await pass(time, () => pending() === 0);
  await uplink.stop();
});
