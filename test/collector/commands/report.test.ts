/**
 * The report command: from the running collector where there is one, else from its files.
 */
import fs from "node:fs/promises";
import net from "node:net";
import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { type ReportPlace, reportCommand } from "../../../collector/commands/report.ts";
import { createHttp } from "../../../collector/http/http.ts";
import type { ReportQuery } from "../../../collector/report/query.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { faultCode } from "../fault-code.ts";
import { httpParts } from "../http/http-bench.ts";
import { instant, reportBench, seriesInfo } from "../report/report-bench.ts";

const NOON = instant("2026-03-10T12:00:00Z");

async function collector() {
  const dir = await tempDir();
  const bench = await reportBench([seriesInfo(1, "greenhouse-1/air/temperature")]);
  bench.setNow(NOON);
  await bench.load(Array.from({ length: 90 }, (_, index) => ({ series: 1, at: NOON - index * 60e6, value: index / 4, quality: 0 })));
  const { parts } = httpParts(bench.source);
  const http = createHttp(parts);
  const printed: string[] = [];
  const errors: string[] = [];
  let opened = 0;
  let closed = 0;
  const place: ReportPlace = {
    control: dir.join("control.sock"),
    openData: async () => {
      opened += 1;
      const close = async () => {
        closed += 1;
      };
      return { source: bench.source, close };
    },
    stdout: new Writable({
      write(piece, _encoding, done) {
        printed.push(String(piece));
        done();
      },
    }),
    printError: (text) => errors.push(text),
  };
  return {
    dir,
    bench,
    http,
    place,
    errors,
    printed: () => printed.join(""),
    opened: () => [opened, closed],
    run: (query: ReportQuery, out?: string, at = place) => reportCommand({ report: "hourly", query, out }, at),
    async [Symbol.asyncDispose]() {
      await http.close();
      await bench[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

test("the running collector is asked, and the data stays closed", async () => {
  await using it = await collector();
  await it.http.listenControl(it.place.control);
  expect(await it.run({ last: "2h" })).toBe(0);
  expect(it.printed()).toBe(await it.bench.text({ last: "2h" }));
  expect([it.opened(), it.errors]).toEqual([[0, 0], []]);
});

test("where none runs the files are read, closed again, and stderr says so", async () => {
  await using it = await collector();
  expect(await it.run({ last: "2h", format: "csv" })).toBe(0);
  expect(it.printed()).toBe(await it.bench.text({ last: "2h", format: "csv" }));
  expect(it.opened()).toEqual([1, 1]);
  expect(it.errors.join("")).toContain("not running");
});

test("a bad question is the same fault from the running collector and from the files", async () => {
  await using it = await collector();
  const query = { series: "greenhouse-1/air/temprature" };
  expect(await faultCode(it.run(query))).toBe("unknown_series");
  await it.http.listenControl(it.place.control);
  expect(await faultCode(it.run(query))).toBe("unknown_series");
  await expect(it.run(query)).rejects.toMatchObject({ hint: expect.stringContaining("greenhouse-1/air/temperature") });
  expect(it.printed()).toBe("");
});

test("a file gets the whole report or is not there", async () => {
  await using it = await collector();
  const out = it.dir.join("report.csv");
  await it.run({ last: "2h", format: "csv" }, out);
  expect(await fs.readFile(out, "utf8")).toBe(await it.bench.text({ last: "2h", format: "csv" }));
  expect(await faultCode(it.run({ last: "2h" }, it.dir.join("missing", "report.txt")))).toBe("cannot_write");
  expect(await fs.readdir(it.dir.path)).toEqual(["report.csv"]);
});

test("the name of the file says how it is written, unless that is said", async () => {
  await using it = await collector();
  await it.run({ last: "2h" }, it.dir.join("report.ndjson"));
  expect(await fs.readFile(it.dir.join("report.ndjson"), "utf8")).toBe(await it.bench.text({ last: "2h", format: "ndjson" }));
  await it.run({ last: "2h", format: "json" }, it.dir.join("report.csv"));
  expect(JSON.parse(await fs.readFile(it.dir.join("report.csv"), "utf8")).rows).toHaveLength(2);
});

test("a parquet file comes whole from the running collector, and never to a person's terminal", async () => {
  await using it = await collector();
  await it.http.listenControl(it.place.control);
  const out = it.dir.join("report.parquet");
  await it.run({ last: "2h" }, out);
  expect(Uint8Array.from(await fs.readFile(out))).toEqual(await it.bench.bytes({ last: "2h", format: "parquet" }));
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  expect(await faultCode(it.run({ last: "2h", format: "parquet" }, undefined, { ...it.place, stdout: terminal }))).toBe(
    "binary_to_terminal",
  );
});

test("a file that is there already stays whole until the new report is", async () => {
  await using it = await collector();
  const out = it.dir.join("report.csv");
  await it.run({ last: "2h" }, out);
  const before = await fs.readFile(out, "utf8");
  expect(await faultCode(it.run({ last: "2h", tz: "Mars" }, out))).toBe("unknown_zone");
  expect(await faultCode(it.run({ last: "2h" }, it.dir.path))).toBe("cannot_write");
  expect(await fs.readFile(out, "utf8")).toBe(before);
  expect(await fs.readdir(it.dir.path)).toEqual(["report.csv"]);
});

test("the rolling window comes from the running collector and from the files alike", async () => {
  await using it = await collector();
  const ask = () => reportCommand({ report: "last", query: { span: "30m" }, out: undefined }, it.place);
  await ask();
  await it.http.listenControl(it.place.control);
  await ask();
  const text = await it.bench.text({ span: "30m" }, "last");
  expect(it.printed()).toBe(text + text);
});

test("a reader that goes away ends the report quietly", async () => {
  await using it = await collector();
  const gone = new Writable({
    write(_piece, _encoding, done) {
      done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    },
  });
  expect(await it.run({ last: "2h" }, undefined, { ...it.place, stdout: gone })).toBe(0);
});

test("an answer that breaks off is a fault, and what was written of it is taken away", async () => {
  await using it = await collector();
  const server = net.createServer((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhour,series\n"));
  });
  await new Promise<void>((resolve) => server.listen(it.place.control, resolve));
  expect(await faultCode(it.run({}, it.dir.join("report.csv")))).toBe("no_answer");
  expect(await fs.readdir(it.dir.path)).toEqual(["control.sock"]);
  expect(await faultCode(it.run({}, undefined, { ...it.place, stdout: new PassThrough() }))).toBe("no_answer");
  await new Promise((resolve) => server.close(resolve));
});

test("an answer that is none of ours is a fault", async () => {
  await using it = await collector();
  const server = net.createServer((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nhello"));
  });
  await new Promise<void>((resolve) => server.listen(it.place.control, resolve));
  expect(await faultCode(it.run({}))).toBe("no_answer");
  await new Promise((resolve) => server.close(resolve));
});
