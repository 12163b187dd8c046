import { expect, test } from "vitest";
import { chooseSize, spoolSizeFor } from "../../../agent/scan/spool-size.ts";

test.each([
  [500e9, 400e9, { spoolSize: 1e9, keepFree: 500e6 }],
  [16e9, 8e9, { spoolSize: 1e9, keepFree: 500e6 }],
  [4e9, 1e9, { spoolSize: 200e6, keepFree: 200e6 }],
  [512e6, 100e6, { spoolSize: 50e6, keepFree: 20e6 }],
  [16e9, 100e6, { spoolSize: 1e9, keepFree: 50e6 }],
  [10e6, 1e6, { spoolSize: 5e6, keepFree: 5e6 }],
])("of a disk of %d bytes, %d of them available, %j", (total, available, expected) => {
  expect(chooseSize(total, available)).toEqual(expected);
});

test("a folder that is not there yet is on the disk of the one above", async () => {
  expect(await spoolSizeFor("/nowhere/at/all")).toEqual(await spoolSizeFor("/"));
});
