import fs from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { StreamDriver } from "../../../agent/sensors/contract.ts";
import { file } from "../../../agent/sensors/file.ts";
import { driverContext } from "../../support/driver-context.ts";
import { open, type Row, replay, replayText, SIGNAL, s, UNIX } from "../../support/replay.ts";
import { tempDir } from "../../support/temp-dir.ts";

describe("repeats", () => {
  const text = "1,20\n1,21\n1,22\n2,23\n1,24\n";

  test("inside one instant are numbered by row order", async () => {
    expect((await replayText(text, UNIX)).rows.map(([at]) => at)).toEqual([s(1), s(1) + 1, s(1) + 2, s(2), s(1) + 3]);
  });

  test("are kept as they are where that is asked for", async () => {
    expect((await replayText(text, { ...UNIX, repeats: "keep" })).rows.map(([at]) => at)).toEqual([s(1), s(1), s(1), s(2), s(1)]);
  });
});

describe("files", () => {
  async function folder() {
    const dir = await tempDir();
    await fs.mkdir(dir.join("logs"));
    await fs.writeFile(dir.join("logs/b.csv"), "2,21\n");
    await fs.writeFile(dir.join("logs/a.csv"), "1,20");
    await fs.writeFile(dir.join("logs/c.txt"), "3,22\n");
    await fs.writeFile(dir.join("logs/.a.csv.swp"), "9,99\n");
    return dir;
  }

  test.each([
    ["logs", [20, 21, 22]],
    ["logs/*.csv", [20, 21]],
    ["*/b.*", [21]],
  ])("%s is read in the order of names", async (pattern, expected) => {
    await using dir = await folder();
    const { rows } = await replay({ ...UNIX, path: dir.join(pattern) });
    expect(rows.map(([, { t }]) => t)).toEqual(expected);
  });

  test.each(["none.csv", "none/*.csv", "empty"])("%s is missing, and the fault says what to do", async (name) => {
    await using dir = await folder();
    await fs.mkdir(dir.join("empty"));
    await expect(open({ ...UNIX, path: dir.join(name) })).rejects.toMatchObject({ code: "file_missing", hint: expect.any(String) });
  });

  test("each file may have its columns in an order of its own", async () => {
    await using dir = await tempDir();
    await fs.writeFile(dir.join("a.csv"), "time,t\n1,20\n");
    await fs.writeFile(dir.join("b.csv"), "t,time\n21,2\n");
    const { rows } = await replay({ path: dir.path, columns: { time: "time", t: "t" }, time_format: "unix_s" });
    expect(rows).toEqual([
      [s(1), { t: 20 }],
      [s(2), { t: 21 }],
    ]);
  });

  test.each(["3,22\n", "3,22"])("rows of a good file are handed over, though the next cannot be read: %j", async (last) => {
    await using dir = await tempDir();
    await fs.writeFile(dir.join("2026-01-01.csv"), `time,t\n1,20\n2,21\n${last}`);
    await fs.writeFile(dir.join("notes.csv"), "who,what\nme,water\n");
    const driver = await open({ path: dir.path, columns: { time: "time", t: "t" }, time_format: "unix_s" });
    const burst = await driver.next(SIGNAL);
    expect(burst?.samples.map(({ values }) => values.t)).toEqual([20, 21, 22]);
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(driver.next(SIGNAL)).rejects.toMatchObject({ code: "missing_column", message: expect.stringContaining("notes.csv") });
      await driver.open(burst?.cursor);
    }
    await fs.writeFile(dir.join("notes.csv"), "time,t\n4,23\n");
    expect((await driver.next(SIGNAL))?.samples.map(({ values }) => values.t)).toEqual([23]);
    await driver.close();
  });

  test("after a restart, what was added is read, and a file that was cut is read anew", async () => {
    await using dir = await folder();
    const first = await replay({ ...UNIX, path: dir.join("logs") });
    await fs.appendFile(dir.join("logs/c.txt"), "4,23\n");
    await fs.writeFile(dir.join("logs/d.txt"), "5,24\n");
    const second = await replay({ ...UNIX, path: dir.join("logs") }, first.cursor);
    expect(second.rows.map(([, { t }]) => t)).toEqual([23, 24]);
    await fs.writeFile(dir.join("logs/d.txt"), "6,1\n");
    await fs.truncate(dir.join("logs/d.txt"), 4);
    await fs.writeFile(dir.join("logs/d.txt"), "6,1");
    expect((await replay({ ...UNIX, path: dir.join("logs") }, second.cursor)).rows).toEqual([[s(6), { t: 1 }]]);
  });

  test("a growing file is followed, line by whole line, into the next one", async () => {
    await using dir = await folder();
    const context = driverContext();
    const options = file.config.parse({ ...UNIX, path: dir.join("logs/*.csv"), at_end: "follow" });
    const driver = file.create(options, context) as StreamDriver;
    await driver.open(undefined);
    const next = async () => (await driver.next(SIGNAL))?.samples.map(({ values }) => values.t);
    expect(await next()).toEqual([20, 21]);

    await fs.appendFile(dir.join("logs/b.csv"), "3,2");
    const waiting = next();
    await expect.poll(() => context.time.pending()).toEqual(["pause"]);
    await fs.appendFile(dir.join("logs/b.csv"), "5\n");
    await context.time.advance(s(1));
    expect(await waiting).toEqual([25]);

    await fs.appendFile(dir.join("logs/b.csv"), "4,26");
    await fs.writeFile(dir.join("logs/c.csv"), "5,27\n");
    expect(await next()).toEqual([26, 27]);
    await driver.close();
    await driver.close();
  });
});

test("a kill after any burst repeats no row and skips none", async () => {
  await using dir = await tempDir();
  const lines = Array.from({ length: 5_000 }, (_, index) => `${Math.floor(index / 3)},${index}${index % 7 === 0 ? "\r" : ""}\n`);
  await fs.writeFile(dir.join("a.csv"), lines.slice(0, 2_345).join(""));
  await fs.writeFile(dir.join("b.csv"), lines.slice(2_345).join(""));
  const whole = await replay({ ...UNIX, path: dir.path });
  expect(whole.rows.map(([, { t }]) => t)).toEqual(Array.from({ length: 5_000 }, (_, index) => index));

  const rows: Row[] = [];
  for (let cursor: unknown, bursts = 0; bursts < 20; bursts += 1) {
    const part = await replay({ ...UNIX, path: dir.path }, cursor, 1);
    rows.push(...part.rows);
    cursor = part.cursor;
  }
  expect(rows).toEqual(whole.rows);
});

test("at a set speed, rows are handed over as far apart as they were written", async () => {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("a.csv"), "100,1\n110,2\n130,3\n");
  const context = driverContext();
  const driver = file.create(file.config.parse({ ...UNIX, path: dir.join("a.csv"), speed: "10x" }), context) as StreamDriver;
  await driver.open(undefined);
  const seen: unknown[] = [];
  const reading = (async () => {
    for (let burst = await driver.next(SIGNAL); burst !== undefined; burst = await driver.next(SIGNAL))
      seen.push(burst.samples.map(({ values }) => values.t));
  })();
  await expect.poll(() => context.time.pending()).toEqual(["pause"]);
  await context.time.advance(s(0.999));
  expect(seen).toEqual([]);
  await context.time.advance(s(0.001));
  await expect.poll(() => context.time.pending()).toEqual(["pause"]);
  expect(seen).toEqual([[1, 2]]);
  await context.time.advance(s(2));
  await reading;
  expect(seen).toEqual([[1, 2], [3]]);
  await driver.close();
});

describe("a config is refused", () => {
  test.each([
    { path: "x" },
    { path: "x", columns: { t: 1 } },
    { path: "x", columns: { time: 1 } },
    { path: "x", columns: { time: 0, t: 1 } },
    { path: "x", columns: { time: 1, "T 1": 2 } },
    { path: "x", columns: { time: 1, t: 2 }, separator: "||" },
    { path: "x", columns: { time: 1, t: 2 }, decimal: "," },
    { path: "x", columns: { time: 1, t: 2 }, separator: "." },
    { path: "x", columns: { time: 1, t: 2 }, time_format: "epoch" },
    { path: "x", columns: { time: 1, t: 2 }, time_zone: "Mars/Olympus" },
    { path: "x", columns: { time: 1, t: 2 }, speed: "fast" },
    { path: "x", columns: { time: 1, t: 2 }, not_after: "2026-13-01" },
    { path: "x", columns: { time: 1, t: 2 }, lines: "(?<time>.)(?<t>.)" },
    { path: "x", lines: "(?<time>.)" },
    { path: "x", lines: "(?<time>.)(?<t>." },
    { path: "x", lines: "(?<time>.)(?<T>.)" },
    { path: path.sep, columns: { time: 1, t: 2 }, follow: true },
    { path: "x", lines: "(?<time>.)(?<t>.)(?=a)" },
  ])("%j", async (config) => {
    expect((await file.config.safeParseAsync(config)).success).toBe(false);
  });
});
