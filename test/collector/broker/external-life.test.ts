/**
 * A broker that is away, refuses us, or has another collector already: what the collector does then, before a real mosquitto.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { tryBroker } from "../../../collector/broker/external/knock.ts";
import { collectorStatusTopic, DEFAULT_PREFIX, decodeCollectorStatus, MICROS_PER_SECOND } from "../../../protocol/index.ts";
import { eventually } from "../../support/eventually.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { needs } from "../../support/needs.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { held, messageOf } from "./broker-bench.ts";
import { agentAt } from "./broker-suite.ts";
import { openAedes, openSide, openWithMosquitto, type Side, sideAt, statusOf } from "./external-bench.ts";

const STATUS = collectorStatusTopic(DEFAULT_PREFIX);
const QOS1 = { qos: 1 } as const;
const batch = (agent: string) => `${DEFAULT_PREFIX}/${agent}/batch`;

const said = ({ log }: Side) => log.entries.map(({ level, fields, message }) => `${level} ${"code" in fields ? fields.code : message}`);

/** Passes the pauses between attempts until there is no trouble left. */
async function comesBack(side: Side): Promise<void> {
  await eventually(
    async () => {
      await side.clock.advance(MICROS_PER_SECOND);
      return side.broker.trouble;
    },
    (trouble) => trouble === undefined,
    10,
  );
}

/** Waits until it looks for the broker a second time at least, and so long as its clock stands still. */
async function looksForIt(side: Side): Promise<void> {
  await eventually(
    () => [side.broker.trouble, side.clock.pending().includes("look for the broker")] as const,
    ([trouble, isPausing]) => trouble !== undefined && isPausing,
    10,
  );
}

test("where the broker is not there at the start the collector lives, says so once, and comes when it does", async () => {
  await using mosquitto = await startMosquitto();
  await mosquitto.kill();
  await using side = await openSide(mosquitto.url);
  side.broker.publishStatus(statusOf("c1", true));
  for (let turn = 0; turn < 4; turn++) {
    await looksForIt(side);
    await side.clock.advance(60 * MICROS_PER_SECOND);
  }
  await looksForIt(side);
  expect(side.broker.trouble).toMatchObject({ code: "broker_unreachable", hint: expect.stringContaining("broker.url") });
  expect(said(side)).toEqual(["warn broker_unreachable"]);
  await mosquitto.start();
  await comesBack(side);
  expect(said(side)).toEqual(["warn broker_unreachable", "info the broker is here again"]);
  const a = await side.client("a");
  const status = messageOf(a);
  await a.subscribeAsync(STATUS);
  expect((await status).payload).toEqual(statusOf("c1", true));
  await a.publishAsync(batch("a"), "x", QOS1);
  await side.event("publish a/batch x");
});

test("a broker that dies takes all presence along, and one that comes back has forgotten everything and is told again", async () => {
  await using side = await openWithMosquitto();
  side.broker.publishStatus(statusOf("c1", true));
  await agentAt(side, "a", "1");
  await side.event("connected a");
  await side.mosquitto.kill();
  await side.event("disconnected a");
  await looksForIt(side);
  expect([...side.broker.connected]).toEqual([]);
  expect(side.broker.publishTo("a", "ack", Uint8Array.of(1))).toBe(false);
  await side.mosquitto.start();
  await comesBack(side);
  expect(said(side)).toEqual(["warn connection_lost", "info the broker is here again"]);
  const b = await side.client("b");
  const status = messageOf(b);
  await b.subscribeAsync(STATUS);
  expect((await status).payload).toEqual(statusOf("c1", true));
  await b.publishAsync(batch("b"), "x", QOS1); // and no status of its own
  await side.event("publish b/batch x");
  expect([...side.broker.connected]).toEqual(["b"]);
});

test("a port that swallows everything is given up after a while", async () => {
  const mute = createServer((socket) => socket.resume().on("error", () => undefined)).listen(0, "127.0.0.1");
  await once(mute, "listening");
  await using side = sideAt(`mqtt://127.0.0.1:${(mute.address() as AddressInfo).port}`);
  const opening = side.open();
  await once(mute, "connection");
  await side.clock.advance(15 * MICROS_PER_SECOND);
  await opening;
  await looksForIt(side);
  expect(side.broker.trouble).toMatchObject({ code: "broker_unreachable", message: expect.stringContaining("no answer in time") });
  mute.close();
});

test("a port that speaks something else is no broker", async () => {
  const web = createServer((socket) => socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
  await once(web, "listening");
  await using side = await openSide(`mqtt://127.0.0.1:${(web.address() as AddressInfo).port}`);
  await looksForIt(side);
  expect(side.broker.trouble?.retry).toBe(true);
  web.close();
});

test("a wrong password is an error that is said once and tried rarely; the right one in its file is enough to mend it", async () => {
  needs("mosquitto"); // its mosquitto_passwd stands beside it
  await using dir = await tempDir();
  const passwords = dir.join("passwords");
  await promisify(execFile)("mosquitto_passwd", ["-c", "-b", passwords, "collector", "right"]);
  await fs.writeFile(dir.join("secret"), "wrong\n");
  await using mosquitto = await startMosquitto(`allow_anonymous false\npassword_file ${passwords}`);
  await using side = await openSide(mosquitto.url, { user: "collector", passwordFile: dir.join("secret") });
  await looksForIt(side);
  expect(side.broker.trouble).toMatchObject({ code: "broker_refused", hint: expect.stringContaining("password_file") });
  const refused = () => mosquitto.log().match(/not authorised/g)?.length ?? 0;
  await eventually(refused, (times) => times > 0); // its log comes behind its answer
  await side.clock.advance(29 * MICROS_PER_SECOND);
  expect(refused()).toBe(1);
  await fs.writeFile(dir.join("secret"), "right\n");
  await comesBack(side);
  expect(said(side)).toEqual(["error broker_refused", "info the broker is here again"]);
});

test("whoever knocks is let in with the right password alone, and is told of a wrong one before the collector runs", async () => {
  needs("mosquitto");
  await using dir = await tempDir();
  const passwords = dir.join("passwords");
  await promisify(execFile)("mosquitto_passwd", ["-c", "-b", passwords, "collector", "right"]);
  await using mosquitto = await startMosquitto(`allow_anonymous false\npassword_file ${passwords}`);
  const nothing = { caFile: undefined, clientId: undefined, role: "primary" } as const;
  const place = { kind: "external", url: mosquitto.url, user: "collector", passwordFile: dir.join("secret"), ...nothing } as const;
  const knock = () => tryBroker(place, "doctor-1", AbortSignal.timeout(10_000));
  await expect(knock()).rejects.toMatchObject({ code: "broker_file_unreadable" });
  await fs.writeFile(dir.join("secret"), "wrong\n");
  await expect(knock()).rejects.toMatchObject({ code: "broker_refused", hint: expect.stringContaining("password_file") });
  await fs.writeFile(dir.join("secret"), "right\n");
  await expect(knock()).resolves.toBeUndefined();
});

test("a file with the password that is not there is said with its path", async () => {
  await using mosquitto = await startMosquitto();
  await using side = await openSide(mosquitto.url, { user: "collector", passwordFile: "/nowhere/secret" });
  await looksForIt(side);
  expect(side.broker.trouble).toMatchObject({ code: "broker_file_unreadable", message: expect.stringContaining("/nowhere/secret") });
});

test("a subscription that the broker does not allow is an error with what to do", async () => {
  const refuseBatches = (topic: string) => topic.endsWith("/batch");
  await using other = await openAedes({ refuseSubscription: refuseBatches });
  await using side = await openSide(other.url);
  await looksForIt(side);
  expect(side.broker.trouble).toMatchObject({
    code: "subscription_refused",
    message: expect.stringContaining(`${DEFAULT_PREFIX}/+/batch`),
    hint: expect.stringContaining("README.md"),
  });
  expect(said(side)).toEqual(["error subscription_refused"]);
});

test("over TLS with an authority of one's own, and not without it", async () => {
  await using dir = await tempDir();
  const [key, cert] = [dir.join("key.pem"), dir.join("cert.pem")];
  const names = ["-days", "2", "-nodes", "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  await promisify(execFile)("openssl", ["req", "-x509", ...curve, "-keyout", key, "-out", cert, ...names]);
  await using mosquitto = await startMosquitto(`allow_anonymous true\ncertfile ${cert}\nkeyfile ${key}`);
  const url = mosquitto.url.replace("mqtt:", "mqtts:");
  await using trusting = await openSide(url, { caFile: cert });
  expect(trusting.broker.trouble).toBeUndefined();
  await using other = await openSide(url, { collector: "c2" });
  await looksForIt(other);
  expect(other.broker.trouble).toMatchObject({ code: "broker_unreachable", message: expect.stringMatching(/certificate/i) });
});

test("a second collector on one prefix is refused, the first lives on; when the first is gone, it may come", async () => {
  await using first = await openWithMosquitto();
  first.broker.publishStatus(statusOf("c1", true));
  await told(first, statusOf("c1", true));
  await expect(openSide(first.mosquitto.url, { collector: "c2" })).rejects.toMatchObject({
    code: "second_collector",
    message: expect.stringContaining("c1"),
    hint: expect.stringContaining("role: replica"),
  });
  const a = await first.client("a");
  await a.publishAsync(batch("a"), "x", QOS1);
  await first.event("publish a/batch x");
  await first.broker.close(); // its will says goodbye
  await told(first, statusOf("c1", false));
  await using second = await openSide(first.mosquitto.url, { collector: "c2" });
  expect(second.broker.trouble).toBeUndefined();
});

test("a status of its own that was left behind is no hindrance, and a late goodbye of its own is put right", async () => {
  await using mosquitto = await startMosquitto();
  await using killed = await openSide(mosquitto.url, { clientId: "before" });
  killed.broker.publishStatus(statusOf("c1", true));
  await told(killed, statusOf("c1", true));
  await using again = await openSide(mosquitto.url, { clientId: "after" });
  again.broker.publishStatus(statusOf("c1", true));
  await told(again, statusOf("c1", true));
  const history: boolean[] = [];
  const watcher = await again.client("historian");
  watcher.on("message", (_topic, payload) => history.push(decodeCollectorStatus(payload).online));
  await watcher.subscribeAsync(STATUS, QOS1);
  await killed.broker.close(); // now the broker tells the will of the connection before
  await eventually(
    () => history.join(" "),
    (words) => words.endsWith("false true"),
    10,
  );
  expect(again.broker.trouble).toBeUndefined();
});

test("another collector that comes although one is here is an error that is said, and nothing stops", async () => {
  await using side = await openWithMosquitto();
  side.broker.publishStatus(statusOf("c1", true));
  const rude = await side.client("rude");
  for (let count = 0; count < 2; count++) await rude.publishAsync(STATUS, statusOf("c9", true), { qos: 1, retain: true });
  await eventually(
    () => side.broker.trouble?.code,
    (code) => code === "second_collector",
    10,
  );
  const a = await side.client("a");
  await a.publishAsync(batch("a"), "x", QOS1);
  await side.event("publish a/batch x");
  expect(said(side)).toEqual(["error second_collector"]);
});

test("a replica hears all beside the collector, says nothing, and what it had not committed comes to it again", async () => {
  await using first = await openWithMosquitto();
  first.broker.publishStatus(statusOf("c1", true));
  await told(first, statusOf("c1", true));
  const commit = held();
  const killed = await openSide(first.mosquitto.url, { role: "replica", onPublish: () => commit.promise });
  killed.broker.publishStatus(statusOf("c1", true));
  const a = await agentAt(first, "a", "1");
  a.on("message", (at) => expect.unreachable(at));
  await a.publishAsync(batch("a"), "one", QOS1);
  await killed.event("publish a/batch one");
  expect(killed.broker.publishTo("a", "ack", Uint8Array.of(1))).toBe(false);
  await killed[Symbol.asyncDispose](); // before its commit
  await a.publishAsync(batch("a"), "two", QOS1);
  await using again = await openSide(first.mosquitto.url, { role: "replica" });
  await again.event("publish a/batch two");
  const texts = again.published.filter(({ channel }) => channel === "batch").map(({ payload }) => `${Buffer.from(payload)}`);
  expect(texts).toEqual(["one", "two"]);
  expect([first.broker.trouble, again.broker.trouble]).toEqual([undefined, undefined]);
});

/** Waits until this is what is kept as the collector's status. */
async function told({ client }: Pick<Side, "client">, status: Buffer): Promise<void> {
  const watcher = await client(`watcher-${watchers++}`);
  await new Promise<void>((resolve) => {
    watcher.on("message", (_topic, payload) => {
      if (payload.equals(status)) resolve();
    });
    watcher.subscribe(STATUS, { qos: 1 });
  });
  watcher.end(true);
}
let watchers = 0;
