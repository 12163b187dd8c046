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
import { quietLog } from "../../support/quiet-log.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { faultCode } from "../fault-code.ts";
import { instant, reportBench, seriesInfo } from "../report/report-bench.ts";

const NOON = instant("2026-03-10T12:00:00Z");

async function collector() {
  const dir = await tempDir();
  const bench = await reportBench([seriesInfo(1, "greenhouse-1/air/temperature")]);
  bench.setNow(NOON);
  await bench.load(Array.from({ length: 90 }, (_, index) => ({ series: 1, at: NOON - index * 60e6, value: index / 4, quality: 0 })));
  const parts = { source: bench.source, account: () => ({}), status: () => ({}), agents: () => ({}), log: quietLog() };
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
