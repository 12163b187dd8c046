/**
 * Where reports go, for real: a folder, an HTTP receiver, a broker.
 */
import fs from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import { Aedes } from "aedes";
import { describe, expect, test } from "vitest";
import type { ReportDestination } from "../../../collector/config/config.ts";
import type { Delivery, DeliveryContext } from "../../../collector/schedule/delivery.ts";
import { toFolder } from "../../../collector/schedule/to-folder.ts";
import { toMqtt } from "../../../collector/schedule/to-mqtt.ts";
import { toPost } from "../../../collector/schedule/to-post.ts";
import { Fault, micros } from "../../../protocol/index.ts";
import { eventually } from "../../support/eventually.ts";
import { serve } from "../../support/http-server.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";

const time = manualClock();
const context: DeliveryContext = {
  clock: time.clock,
  random: seededRandom("destinations", 1),
  log: quietLog(),
  signal: new AbortController().signal,
};

function delivery(fileName: string, pieces: readonly (string | Uint8Array)[] = ["a,b\n", Buffer.from("1,é\n")], fault?: Fault): Delivery {
  async function* all() {
    yield* pieces;
    if (fault !== undefined) throw fault;
  }
  return { key: "stats/1/2", fileName, contentType: "text/csv; charset=utf-8", pieces: all() };
}

const DAMAGED = new Fault("store_damaged", "the store broke off");

describe("a folder", () => {
  test("gets the whole file, folders on its way included, and a second attempt takes its place", async () => {
    await using dir = await tempDir();
    await toFolder(dir.join("out"))(delivery("2026/stats.csv"), context);
    await toFolder(dir.join("out"))(delivery("2026/stats.csv", ["new\n"]), context);
    expect(await fs.readdir(dir.join("out/2026"))).toEqual(["stats.csv"]);
    expect(await fs.readFile(dir.join("out/2026/stats.csv"), "utf8")).toBe("new\n");
  });

  test("gets nothing of a report that breaks off, and keeps the file that it has", async () => {
    await using dir = await tempDir();
    await fs.writeFile(dir.join("stats.csv"), "old");
    await expect(toFolder(dir.path)(delivery("stats.csv", ["half"], DAMAGED), context)).rejects.toBe(DAMAGED);
    expect(await fs.readdir(dir.path)).toEqual(["stats.csv"]);
    expect(await fs.readFile(dir.join("stats.csv"), "utf8")).toBe("old");
  });

  test("that cannot be written is a fault that may pass", async () => {
    await using dir = await tempDir();
    await fs.writeFile(dir.join("file"), "");
    await expect(toFolder(dir.join("file"))(delivery("a.csv"), context)).rejects.toMatchObject({ code: "cannot_write", retry: true });
  });
});

function post(url: string, more: Partial<Extract<ReportDestination, { kind: "post" }>> = {}) {
  return toPost({ kind: "post", url, headers: {}, tokenFile: undefined, caFile: undefined, timeout: micros(5_000_000), ...more });
}

describe("an HTTP receiver", () => {
  test("gets the report with its key, its type, its length and the token, which is read anew each time", async () => {
    await using dir = await tempDir();
    const bodies: string[] = [];
    await using served = await serve((request, response) => {
      request.on("data", (chunk) => bodies.push(String(chunk)));
      request.on("end", () => response.writeHead(204).end());
    });
    const deliver = post(`${served.url}/load?x=1`, { headers: { "x-site": "kiel" }, tokenFile: dir.join("token") });
    await expect(deliver(delivery("a.csv"), context)).rejects.toMatchObject({ code: "secret_unreadable", retry: true });
    await fs.writeFile(dir.join("token"), "secret\n");
    await deliver(delivery("a.csv"), context);
    const [request] = served.requests;
    expect([request?.method, request?.url, bodies.join("")]).toEqual(["POST", "/load?x=1", "a,b\n1,é\n"]);
    expect(request?.headers).toMatchObject({
      "idempotency-key": '"stats/1/2"',
      "content-type": "text/csv; charset=utf-8",
      "content-length": "9",
      authorization: "Bearer secret",
      "x-site": "kiel",
    });
  });

  test.each([
    [200, undefined, undefined],
    [201, undefined, undefined],
    [301, "report_refused", false],
    [400, "report_refused", false],
    [401, "report_refused", false],
    [404, "report_refused", false],
    [408, "receiver_busy", true],
    [413, "report_refused", false],
    [429, "receiver_busy", true],
    [500, "receiver_busy", true],
    [503, "receiver_busy", true],
  ])("that answers %i: %s", async (status, code, retry) => {
    await using served = await serve((_, response) => response.writeHead(status, { location: "/other" }).end("why"));
    const outcome = await post(served.url)(delivery("a.csv"), context).catch((error: unknown) => error);
    if (code === undefined) expect(outcome).toBeUndefined();
    else expect(outcome).toMatchObject({ code, retry, message: expect.stringContaining(`HTTP ${status}: "why"`) });
    expect(served.requests.length, "a redirect is not followed").toBe(1);
  });

  test("that does not answer in time, breaks off or is not there is tried again", async () => {
    await using served = await serve((request, response) => {
      if (request.url === "/cut") request.socket.destroy();
      else response.writeHead(200).write("so far");
    });
    const outcome = post(`${served.url}/slow`)(delivery("a.csv"), context).catch((error: unknown) => error);
    await eventually(
      () => served.requests.length,
      (count) => count === 1,
      1,
    );
    await time.advance(5_000_000);
    expect(await outcome).toMatchObject({ code: "no_answer", retry: true });
    await expect(post(`${served.url}/cut`)(delivery("a.csv"), context)).rejects.toMatchObject({
      code: "receiver_unreachable",
      retry: true,
    });
    await expect(post("http://127.0.0.1:1/")(delivery("a.csv"), context)).rejects.toMatchObject({
      code: "receiver_unreachable",
      retry: true,
    });
    expect(time.pending()).toEqual([]);
  });

  test("is not asked at all for a report that breaks off while it is made", async () => {
    await using served = await serve("ok");
    await expect(post(served.url)(delivery("a.csv", ["half"], DAMAGED), context)).rejects.toBe(DAMAGED);
    expect(served.requests).toEqual([]);
  });

  test("gets no report that is too large for one message", async () => {
    await using served = await serve("ok");
    const pieces = Array(65).fill("x".repeat(1_000_000));
    await expect(post(served.url)(delivery("a.csv", pieces), context)).rejects.toMatchObject({ code: "report_too_large" });
    expect(served.requests).toEqual([]);
  });
});

describe("a broker", () => {
  async function broker(password: string) {
    const aedes = await Aedes.createBroker();
    const got: string[] = [];
    aedes.authenticate = (_client, user, given, done) => {
      const isRight = user === "stats" && String(given) === password;
      done(isRight ? null : Object.assign(new Error("no"), { returnCode: 5 }), isRight);
    };
    aedes.on("publish", ({ topic, payload, qos }, client) => {
      if (client !== null) got.push(`${topic} ${qos} ${payload}`);
    });
    const server = net.createServer((socket) => aedes.handle(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const close = async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      server.close();
    };
    return { got, url, [Symbol.asyncDispose]: close };
  }

  test("gets the report as one message at QoS 1, and a wrong password is a refusal", async () => {
    await using dir = await tempDir();
    await using there = await broker("right");
    const passwordFile = dir.join("password");
    const mqtt = toMqtt({ kind: "mqtt", broker: there.url, topic: "home/stats", user: "stats", passwordFile, timeout: micros(5_000_000) });
    await fs.writeFile(passwordFile, "wrong\n");
    await expect(mqtt(delivery("a.csv"), context)).rejects.toMatchObject({ code: "report_refused", retry: false });
    await fs.writeFile(passwordFile, "right\n");
    await mqtt(delivery("a.csv"), context);
    expect(there.got).toEqual(["home/stats 1 a,b\n1,é\n"]);
  });

  test("that is not there is tried again", async () => {
    const to = {
      kind: "mqtt",
      broker: "mqtt://127.0.0.1:1",
      topic: "t",
      user: undefined,
      passwordFile: undefined,
      timeout: micros(5_000_000),
    } as const;
    await expect(toMqtt(to)(delivery("a.csv"), context)).rejects.toMatchObject({ code: "receiver_unreachable", retry: true });
    expect(time.pending()).toEqual([]);
  });
});
