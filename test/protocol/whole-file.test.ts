import fs from "node:fs";
import { expect, test } from "vitest";
import { isTaken, writeWhole } from "../../protocol/index.ts";
import { tempDir } from "../support/temp-dir.ts";

async function* broken(): AsyncGenerator<string> {
  yield "half";
  throw new Error("the rest never came");
}

test("content that breaks off leaves the file that was there, and nothing beside it", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("report.csv"), "before");
  await expect(writeWhole(dir.join("report.csv"), broken(), { replaces: true })).rejects.toThrow("the rest never came");
  expect(fs.readFileSync(dir.join("report.csv"), "utf8")).toBe("before");
  expect(fs.readdirSync(dir.path)).toEqual(["report.csv"]);
});

test("a file takes the place of another only where it may, and has the mode it was given", async () => {
  await using dir = await tempDir();
  await writeWhole(dir.join("b"), "one", { replaces: false, mode: 0o600 });
  const refused = await writeWhole(dir.join("b"), "two", { replaces: false }).catch((error: unknown) => error);
  expect(isTaken(refused)).toBe(true);
  expect(fs.readFileSync(dir.join("b"), "utf8")).toBe("one");
  expect(fs.statSync(dir.join("b")).mode & 0o777).toBe(0o600);
  await writeWhole(dir.join("b"), Buffer.from("three"), { replaces: true });
  expect(fs.readFileSync(dir.join("b"), "utf8")).toBe("three");
  expect(fs.readdirSync(dir.path)).toEqual(["b"]);
});

test("a folder that is missing where a file stands is no file that is there", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("file"), "");
  const refused = await writeWhole(dir.join("file/x"), "", { replaces: false }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Error);
  expect(isTaken(refused)).toBe(false);
});
