/**
 * What strangers send, and what hostile agents leave in the data: it costs nothing and comes out as data.
 */
import fs from "node:fs/promises";
import net from "node:net";
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { tempDir } from "../../support/temp-dir.ts";
import { seriesInfo } from "../report/report-bench.ts";
import { EVIL_SOFTWARE, type Served, served } from "./http-bench.ts";

/** The answer to bytes as they are: no client of ours tidies them up. */
function raw({ url }: Served, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes));
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    socket.on("error", reject).on("close", () => resolve(text));
  });
}

const request = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${more}\r\n`;

test.each([
  ["an address of 5,000 characters", request(`/api/v1/series?series=${"x".repeat(5_000)}`), 414, "uri_too_long"],
  ["an address of 20,000 characters", request(`/api/v1/series?series=${"x".repeat(20_000)}`), 431, "header_too_big"],
  ["headers of 20,000 characters", request("/healthz", `x: ${"x".repeat(20_000)}\r\n`), 431, "header_too_big"],
  ["no HTTP at all", "\x16\x03\x01 hello\r\n\r\n", 400, "bad_request"],
  ["a broken escape", request("/api/v1/%zz"), 400, "bad_request"],
  ["a parameter of 500 characters", request(`/api/v1/report/${"x".repeat(500)}`), 414, "uri_too_long"],
  ["a method nobody has", request("/healthz").replace("GET", "PUT"), 404, "unknown_path"],
])("%s is answered with a problem", async (_name, bytes, status, code) => {
  await using server = await served();
  const answer = await raw(server, bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer.toLowerCase()).toContain("content-type: application/problem+json");
  expect(JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1))).toMatchObject({ title: code, status });
  expect((await server.ask("/healthz")).status).toBe(200);
});

test("an address of ten megabytes is cut off, and the next one who asks is answered", async () => {
  await using server = await served();
  const answer = await raw(server, request(`/api/v1/series?series=${"x".repeat(10_000_000)}`)).catch(
    (error: NodeJS.ErrnoException) => error.code,
  );
  expect(answer).toMatch(/^(ECONNRESET|EPIPE|HTTP\/1.1 431 )/); // what was not read is lost with the connection
  expect((await server.ask("/healthz")).status).toBe(200);
});

const PATHS = [
  ...["/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/%2e%2e%2fsecret.txt", "/assets/../../secret.txt", "/..%5csecret.txt"],
  ...["/....//secret.txt", "//secret.txt", "/%00secret.txt", "/secret.txt%00.html", "/.env", "/assets/", "/link.txt", "/assets/..;/.env"],
];

test.each(PATHS)("nothing but the page's own files is to be had under %s", async (path) => {
  await using dir = await tempDir();
  await fs.mkdir(dir.join("dist", "assets"), { recursive: true });
  await fs.writeFile(dir.join("secret.txt"), "a secret");
  await fs.writeFile(dir.join("dist", ".env"), "a secret");
  await fs.writeFile(dir.join("dist", "index.html"), "<!doctype html><title>page</title>");
  await using server = await served({ parts: { page: dir.join("dist") } });
  const answer = await raw(server, request(path));
  expect(answer).not.toContain("a secret");
  expect(answer).toMatch(/^HTTP\/1.1 (400|403|404) /);
});

test("markup and formulas in units and versions come out as data", async () => {
  const unit = '=1+1"<script>alert(1)</script>';
  await using server = await served({ series: [seriesInfo(1, "greenhouse-1/air/temperature", { unit })] });
  for (const path of ["/api/v1/samples?limit=1", "/api/v1/series"]) {
    const json = await server.ask(path);
    expect(json).toMatchObject({ type: "application/json; charset=utf-8", headers: { "x-content-type-options": "nosniff" } });
    expect((Object.values(json.json() as object)[0] as { unit: string }[])[0]?.unit).toBe(unit);
    const csv = await server.ask(path, { headers: { accept: "text/csv" } });
    expect((parse(csv.text, { columns: true }) as { unit: string }[])[0]?.unit).toBe(`'${unit}`);
  }
});

test("no cell of a report in CSV begins like a formula", async () => {
  await using server = await served({ series: [seriesInfo(1, "greenhouse-1/air/temperature", { unit: "@SUM(1+1)" })] });
  for (const path of [
    "/api/v1/report/hourly?last=2h&format=csv",
    "/api/v1/last?format=csv",
    "/api/v1/report/hourly?format=csv&columns=unit,unit_shown,notes",
  ]) {
    const rows = parse((await server.ask(path)).text) as string[][];
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.flat().filter((cell) => /^[=+@\t\r]/.test(cell))).toEqual([]);
  }
});

test("what an agent calls its software cannot run in a spreadsheet; negative numbers stay numbers", async () => {
  await using server = await served();
  const agents = await server.ask("/api/v1/agents?format=csv&limit=1");
  expect((parse(agents.text, { columns: true }) as { software: string }[])[0]?.software).toBe(`'${EVIL_SOFTWARE}`);
  expect((await server.ask("/api/v1/agents")).json()).toMatchObject([{ software: EVIL_SOFTWARE }, {}, {}]);
  await server.bench.load([{ series: 2, at: server.parts.source.now() - 1, value: -5.5, quality: 0 }]);
  const samples = await server.ask("/api/v1/samples?series=greenhouse-2&format=csv");
  expect((parse(samples.text, { columns: true }) as { value: string }[])[0]?.value).toBe("-5.5");
});

test("every answer tells browsers to run and to embed nothing of anybody else's", async () => {
  await using server = await served();
  for (const path of ["/", "/api/v1/status", "/nowhere"]) {
    const { headers } = await server.ask(path);
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    expect(headers["content-security-policy"]).not.toMatch(/unsafe|\*|https?:/);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  }
});
