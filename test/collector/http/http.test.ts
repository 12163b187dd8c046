/**
 * The collector answers over TCP and on its control socket, and says clearly what it cannot answer.
 */
import { once } from "node:events";
import fs from "node:fs/promises";
import type http from "node:http";
import net from "node:net";
import { expect, test } from "vitest";
import { createHttp } from "../../../collector/http/http.ts";
import { Fault } from "../../../protocol/index.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";
import { faultCode } from "../fault-code.ts";
import { ask, NOON, open, served } from "./http-bench.ts";

const HERE = { from: "loopback", withoutToken: "nobody" } as const;

async function json(answer: http.IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const piece of answer) text += String(piece);
  return JSON.parse(text);
}

const unix = (socketPath: string, path: string): Promise<http.IncomingMessage> => open({ socketPath, path });

test("a report comes as json, csv or table", async () => {
  await using server = await served();
  const json = await server.ask("/api/v1/report/hourly?last=2h");
  expect(json).toMatchObject({ status: 200, type: "application/json; charset=utf-8" });
  expect(JSON.parse(json.text).rows).toHaveLength(2);
  const csv = await server.ask("/api/v1/report/hourly?last=2h", { headers: { accept: "text/csv" } });
  expect(csv).toMatchObject({ status: 200, type: "text/csv; charset=utf-8" });
  expect(csv.text.trimEnd().split("\n")).toHaveLength(3);
  expect((await server.ask("/api/v1/report/hourly?last=2h&format=table")).text).toBe(await server.bench.text({ last: "2h" }));
  expect((await server.ask("/api/v1/report/daily?last=1d&tz=Europe/Berlin&format=csv")).text).toContain("2026-03-10T00:00+01:00");
});

test("status, account and agents are what the collector says", async () => {
  await using server = await served();
  expect(JSON.parse((await server.ask("/healthz")).text)).toEqual({ ok: true });
  expect(JSON.parse((await server.ask("/api/v1/status")).text)).toEqual({ online: true });
  expect(JSON.parse((await server.ask("/api/v1/accounting")).text)).toMatchObject([{ agent: "greenhouse-1", balanced: true }]);
  expect(JSON.parse((await server.ask("/api/v1/agents")).text)).toHaveLength(3);
});

test("series come in pages, each naming the next", async () => {
  await using server = await served();
  const first = JSON.parse((await server.ask("/api/v1/series?limit=2")).text);
  expect(first.series.map(({ id }: { id: string }) => id)).toEqual(["greenhouse-1/air/temperature", "greenhouse-2/air/temperature"]);
  expect(first.series[0]).toMatchObject({ unit: "Cel", period_seconds: 60, from: "2026-03-10T10:30:00.000Z" });
  expect(first.next).toBe("2");
  const second = JSON.parse((await server.ask(`/api/v1/series?limit=2&cursor=${first.next}`)).text);
  expect(second.series.map(({ number }: { number: number }) => number)).toEqual([3]);
  expect(second.next).toBeNull();
});

test.each([
  ["/api/v1/report/hourly?series=nobody", 404, "unknown_series"],
  ["/api/v1/report/hourly?tz=Mars/Olympus", 400, "unknown_zone"],
  ["/api/v1/report/hourly?from=2026-03-10&to=2026-03-01", 400, "bad_span"],
  ["/api/v1/report/hourly?colour=red", 400, "bad_query"],
  ["/api/v1/report/hourly?series=a&series=b", 400, "bad_query"],
  [`/api/v1/report/hourly?series=${"x".repeat(600)}`, 400, "bad_query"],
  ["/api/v1/report/hourly?from=1900-01-01", 400, "bad_time"],
  ["/api/v1/report/yearly", 404, "unknown_report"],
  ["/api/v1/series?limit=1001", 400, "bad_query"],
  ["/api/v1/series?limit=many", 400, "bad_query"],
  ["/api/v2/anything", 404, "unknown_path"],
])("%s is answered with a problem", async (path, status, code) => {
  await using server = await served();
  const answer = await server.ask(path);
  expect(answer).toMatchObject({ status, type: "application/problem+json; charset=utf-8" });
  expect(JSON.parse(answer.text)).toMatchObject({ type: "about:blank", title: code, status });
});

test("a mistake of ours is a 500 that tells nothing of our insides, and is logged", async () => {
  const account = () => {
    throw new Error("BUG: secret detail");
  };
  await using server = await served({ parts: { account } });
  const answer = await server.ask("/api/v1/accounting");
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain("secret detail");
  expect(server.log.entries.map(({ level }) => level)).toEqual(["error"]);
});

test("a request that names another host is refused, as a browser lured here would send it", async () => {
  await using server = await served();
  const answer = await server.ask("/api/v1/status", { headers: { host: "evil.example" } });
  expect(answer.status).toBe(403);
  expect(JSON.parse(answer.text).title).toBe("wrong_host");
});

test("it listens on this machine only, and on a port that is free", async () => {
  await using server = await served();
  expect(await faultCode(server.http.listen({ host: "0.0.0.0", port: 0 }, HERE))).toBe("not_loopback");
  expect(await faultCode(server.http.listen({ host: "127.0.0.1", port: Number(new URL(server.url).port) }, HERE))).toBe("port_in_use");
});

test("a reader that sleeps in the middle of a long report does not hold up the end", async () => {
  await using server = await served();
  server.bench.setNow(NOON + 1_500 * 86_400e6);
  const socket = net.connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => undefined); // it is cut off, which is the point
  const head = `GET /api/v1/report/hourly?from=2026-03-10 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${server.token("read")}\r\n\r\n`;
  socket.write(head);
  await new Promise((resolve) => socket.once("readable", resolve));
  expect(String(socket.read())).toMatch(/^HTTP\/1.1 200 /);
  await server.http.close();
  socket.destroy();
});

test("a reader that leaves in the middle of a long report is no news, and the report is given up", async () => {
  await using server = await served();
  server.bench.setNow(NOON + 1_500 * 86_400e6);
  let months = 0;
  const quarantined = async () => {
    months += 1;
    return new Map();
  };
  const left = createHttp({ ...server.parts, source: { ...server.bench.source, quarantined } });
  const { hostname, port } = new URL(await left.listen({ host: "127.0.0.1", port: 0 }, HERE));
  const answer = await open({ hostname, port, path: "/api/v1/report/hourly?from=2026-03-10", token: server.token("read") });
  answer.destroy();
  await once(answer, "close");
  await left.close();
  expect(server.log.entries).toEqual([]);
  expect(months).toBeLessThan(50);
});

test("a report that fails in the middle breaks off, and the log says why", async () => {
  await using server = await served();
  server.bench.setNow(NOON + 90 * 86_400e6);
  let months = 0;
  const quarantined = async () => {
    months += 1;
    if (months === 3) throw new Fault("store_busy", "expected an answer, got none");
    return new Map();
  };
  const broken = createHttp({ ...server.parts, source: { ...server.bench.source, quarantined } });
  const url = await broken.listen({ host: "127.0.0.1", port: 0 }, HERE);
  await expect(ask(url, "/api/v1/report/hourly?from=2026-03-10", { token: server.token("read") })).rejects.toThrow();
  expect(server.log.entries.map(({ level, message }) => [level, message])).toEqual([["error", "a report broke off"]]);
  await broken.close();
});

async function withSocket(work: (file: string, dir: TempDir) => Promise<void>): Promise<void> {
  await using dir = await tempDir();
  await work(dir.join("control.sock"), dir);
}

test("the control socket answers like the port, for its owner and group alone", () =>
  withSocket(async (file) => {
    await using server = await served();
    await server.http.listenControl(file);
    expect(await json(await unix(file, "/api/v1/status"))).toEqual({ online: true });
    expect((await fs.stat(file)).mode & 0o777).toBe(0o660);
  }));

test("the control socket is gone after closing, also when closed twice", () =>
  withSocket(async (file, dir) => {
    const server = await served();
    await server.http.listenControl(file);
    await server.http.close();
    await server[Symbol.asyncDispose]();
    expect(await fs.readdir(dir.path)).toEqual([]);
  }));

test("a second collector is refused while the first one answers, and takes nothing from it", () =>
  withSocket(async (file) => {
    await using first = await served();
    await using second = await served();
    await first.http.listenControl(file);
    expect(await faultCode(second.http.listenControl(file))).toBe("already_running");
    expect((await unix(file, "/healthz")).statusCode).toBe(200);
  }));

test("the socket of a process that died is replaced", () =>
  withSocket(async (file) => {
    await leaveSocketBehind(file);
    await using server = await served();
    await server.http.listenControl(file);
    expect((await unix(file, "/healthz")).statusCode).toBe(200);
  }));

test("a file that is no socket is left as it is", () =>
  withSocket(async (file) => {
    await fs.writeFile(file, "precious");
    await using server = await served();
    expect(await faultCode(server.http.listenControl(file))).toBe("control_path_taken");
    expect(await fs.readFile(file, "utf8")).toBe("precious");
  }));

test("a path that is too long for a socket, or has no folder, is a fault", () =>
  withSocket(async (_, dir) => {
    await using server = await served();
    expect(await faultCode(server.http.listenControl(dir.join("x".repeat(120))))).toBe("control_path_too_long");
    expect(await faultCode(server.http.listenControl(dir.join("missing", "c.sock")))).toBe("control_path_unusable");
  }));

/** A socket file at which nobody listens, as a killed process leaves it. */
async function leaveSocketBehind(file: string): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(`${file}.first`, resolve));
  await fs.link(`${file}.first`, file);
  await new Promise((resolve) => server.close(resolve));
}
