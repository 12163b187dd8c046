import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { addressesIn, i2cBuses } from "../../../agent/scan/i2c.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** As i2cdetect(8) prints it: addresses below 0x08 are not tried, and stay blank. */
const TABLE = `     0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f
00:                         -- -- -- -- -- -- -- --
10: -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
20: -- -- -- 23 -- -- -- -- -- -- -- -- -- -- -- --
30: -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
40: -- -- -- -- 44 -- -- -- -- -- -- -- -- -- -- --
50: -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
60: -- -- -- -- -- -- -- -- UU -- -- -- -- -- -- --
70: -- -- -- -- -- -- UU 77
`;

async function machine(script?: string) {
  const dir = await tempDir();
  await fs.mkdir(dir.join("dev"));
  for (const name of ["i2c-10", "i2c-1", "tty0"]) await fs.writeFile(dir.join("dev", name), "");
  if (script !== undefined) await fs.writeFile(dir.join("i2cdetect"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return dir;
}

test("the table tells addresses that answer from those a driver holds", () => {
  expect(addressesIn(TABLE)).toEqual({ free: [0x23, 0x44, 0x77], held: [0x68, 0x76] });
  expect(addressesIn("Error: Could not open file `/dev/i2c-1'\n")).toEqual({ free: [], held: [] });
});

test("each bus is looked at by itself, in the order of their numbers", async () => {
  await using dir = await machine(`[ "$1" = -y ] || exit 2\necho "     0  1  2"\n[ "$2" = 10 ] && echo "40: -- -- 42" || echo "70: UU"`);
  expect(await i2cBuses(dir.path, [dir.join("i2cdetect")])).toEqual([
    { number: 1, free: [], held: [0x70] },
    { number: 10, free: [0x42], held: [] },
  ]);
});

test("where the program is not there or may not look, the bus is known and its addresses are not", async () => {
  await using none = await machine();
  await using denied = await machine("echo Permission denied >&2; exit 1");
  for (const dir of [none, denied]) {
    expect(await i2cBuses(dir.path, [dir.join("i2cdetect")])).toEqual([
      { number: 1, free: undefined, held: [] },
      { number: 10, free: undefined, held: [] },
    ]);
  }
});

test("another tree than this machine's is not probed", async () => {
  await using dir = await machine();
  expect(await i2cBuses(dir.path)).toMatchObject([{ free: undefined }, { free: undefined }]);
  expect(await i2cBuses(dir.join("nowhere"))).toEqual([]);
});
