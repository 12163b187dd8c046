import { describe, expect, test } from "vitest";
import { file } from "../../../../agent/sensors/file.ts";
import { replayText, s, UNIX } from "../../../support/replay.ts";

describe("columns", () => {
  test("are found by number or by name, and a header is seen as one", async () => {
    const text = "time,room,t1 (°C)\n10,a,20.5\n11,b,21\n";
    const byName = await replayText(text, { columns: { time: "time", t: "t1 (°C)" }, time_format: "unix_s" });
    const byNumber = await replayText(text, { columns: { time: 1, t: 3 }, time_format: "unix_s" });
    expect(byName.rows).toEqual([
      [s(10), { t: 20.5 }],
      [s(11), { t: 21 }],
    ]);
    expect(byNumber).toEqual({ ...byName, cursor: expect.anything() });
  });

  test("a name that is not there is refused with those that are", async () => {
    await expect(replayText("time,t\n1,2\n", { columns: { time: "time", t: "temp" } })).rejects.toMatchObject({
      code: "missing_column",
      message: expect.stringContaining('"time", "t"'),
    });
  });

  test("of rows that are not meant, nothing is read and nothing counted", async () => {
    const { rows, skipped } = await replayText("1,20,A\n2,x,B\n3,22,A\n", { ...UNIX, where: { column: 3, equals: "A" } });
    expect(rows.map(([at]) => at)).toEqual([s(1), s(3)]);
    expect(skipped).toEqual({});
  });

  test("a word in UTF-8 is compared as such", async () => {
    const { rows } = await replayText("1,20,Küche\n2,21,Bad\n", { ...UNIX, where: { column: 3, equals: "Küche" } });
    expect(rows).toEqual([[s(1), { t: 20 }]]);
  });

  test("the channels are the columns beside time", () => {
    const options = file.config.parse({ path: "x", columns: { time: 1, t: 2, rh: "RH" } });
    expect(file.channels(options).map(({ name }) => name)).toEqual(["t", "rh"]);
  });
});

describe("values", () => {
  test("decimal commas, missing values and blanks are read as they are meant", async () => {
    const text =
      "Date;Time;T;RH;;\r\n10/03/2004;18.00.00;13,6;-200;;\r\n10/03/2004;19.00.00;; 47,7;;\r\n10/03/2004;20.00.00;-200;-200;;\r\n";
    const { rows, skipped } = await replayText(text, {
      columns: { time: [1, 2], t: "T", rh: "RH" },
      separator: ";",
      decimal: ",",
      time_format: "DD/MM/YYYY hh.mm.ss",
      missing: ["-200"],
    });
    expect(rows).toEqual([
      [Date.UTC(2004, 2, 10, 18) * 1_000, { t: 13.6 }],
      [Date.UTC(2004, 2, 10, 19) * 1_000, { rh: 47.7 }],
    ]);
    expect(skipped).toEqual({});
  });

  test("a row that cannot be read costs itself alone and is counted by reason", async () => {
    const { rows, skipped } = await replayText('1,20\n2\nsoon,21\n4,0x10\n5,"2"2\n6,\n7,1e999\n8,nan\n\n9,"23"\n', UNIX);
    expect(rows).toEqual([
      [s(1), { t: 20 }],
      [s(7), { t: Infinity }],
      [s(8), { t: Number.NaN }],
      [s(9), { t: 23 }],
    ]);
    expect(skipped).toEqual({ short_row: 1, bad_time: 1, bad_quoting: 1, bad_number: 1 });
  });

  test("a quoted field may hold the separator", async () => {
    expect((await replayText('1,20,"a,b",7\n', { ...UNIX, columns: { time: 1, t: 4 } })).rows).toEqual([[s(1), { t: 7 }]]);
  });
});

test("rows outside of the bounds are not taken, and counted", async () => {
  const bounds = { not_before: "1970-01-02", not_after: "1970-01-03T00:00:00Z" };
  const text = [0, 86_399, 86_400, 172_800, 172_801, 2_155_296_854].map((at) => `${at},20\n`).join("");
  const { rows, skipped } = await replayText(text, { ...UNIX, ...bounds });
  expect(rows.map(([at]) => at)).toEqual([s(86_400), s(172_800)]);
  expect(skipped).toEqual({ out_of_time: 4 });
  expect(
    (await replayText("1767135599,1\n1767135600,1\n", { ...UNIX, not_before: "2025-12-31", time_zone: "Europe/Berlin" })).rows,
  ).toHaveLength(1);
});

test("decimal commas in quotes between commas are read by lines, as the refusal of columns says", async () => {
  const refused = await file.config.safeParseAsync({ path: "x", columns: { time: 1, t: 2 }, decimal: "," });
  expect(refused.error?.issues).toMatchObject([{ path: ["decimal"], message: expect.stringContaining("use lines") }]);
  const lines = '^(?<time>\\d+),"(?<t>[^"]*)","(?<h>[^"]*)"';
  const { rows } = await replayText('5,"21,5","40,2"\n', { lines, decimal: ",", time_format: "unix_s" });
  expect(rows).toEqual([[s(5), { t: 21.5, h: 40.2 }]]);
});

describe("lines that are no rows of a table", () => {
  const LINES = {
    lines: "^node (?<node>\\d+) at (?<time>\\d+): T=(?<t>[-0-9.]+)(?: door (?<door>\\p{L}+))?",
    time_format: "unix_s",
    header: "auto",
  };

  test("are read by the groups of an expression; other lines are counted", async () => {
    const { rows, skipped } = await replayText("boot\nnode 1 at 5: T=20.5 door zu\nnode 2 at 6: T=x\nnode 2 at 7: T=21\n", {
      ...LINES,
      where: { column: "node", equals: "1" },
    });
    expect(rows).toEqual([[s(5), { t: 20.5, door: "zu" }]]);
    expect(skipped).toEqual({ no_match: 2 });
  });

  test("may hold words of any language", async () => {
    const { rows } = await replayText("node 1 at 5: T=20 door geöffnet\n", LINES);
    expect(rows).toEqual([[s(5), { node: 1, t: 20, door: "geöffnet" }]]);
  });
});

describe("lines", () => {
  test("may end in LF and CRLF, mixed, and the last in nothing", async () => {
    expect((await replayText("1,20\r\n2,21\n3,22\r\n4,23", UNIX)).rows.map(([, { t }]) => t)).toEqual([20, 21, 22, 23]);
  });

  test("a byte order mark is no part of the first column", async () => {
    const { rows } = await replayText("\uFEFFtime,t\n1,20\n", { columns: { time: "time", t: "t" }, time_format: "unix_s" });
    expect(rows).toEqual([[s(1), { t: 20 }]]);
    expect((await replayText("\uFEFF1,20\n", UNIX)).rows).toEqual([[s(1), { t: 20 }]]);
  });

  test("UTF-16 is refused with the command that converts it", async () => {
    await expect(replayText(Buffer.from("\uFEFF1,20\n", "utf16le"), UNIX)).rejects.toMatchObject({
      code: "bad_encoding",
      hint: expect.stringContaining("iconv"),
    });
  });

  test.each([65_537, 300_000, 1_000_000])("a line of %i bytes is skipped and counted, the next is read", async (length) => {
    const { rows, skipped } = await replayText(`1,20\n${"x".repeat(length)}\n3,22\n${"y".repeat(length)}`, UNIX);
    expect(rows.map(([at]) => at)).toEqual([s(1), s(3)]);
    expect(skipped).toEqual({ line_too_long: 2 });
  });

  test("an empty file has no rows", async () => {
    expect((await replayText("", UNIX)).rows).toEqual([]);
  });
});
