import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { writeNew } from "../../../agent/scan/write-new.ts";
import { tempDir } from "../../support/temp-dir.ts";

test("a file is written whole, its folder is made, and nothing is left beside it", async () => {
  await using dir = await tempDir();
  await writeNew(dir.join("a/b/agent.yaml"), "agent: a\n");
  expect(await fs.readFile(dir.join("a/b/agent.yaml"), "utf8")).toBe("agent: a\n");
  expect(await fs.readdir(dir.join("a/b"))).toEqual(["agent.yaml"]);
});

test("a file that is there is left as it is", async () => {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("agent.yaml"), "mine\n");
  await expect(writeNew(dir.join("agent.yaml"), "new\n")).rejects.toMatchObject({ code: "file_exists", hint: expect.any(String) });
  expect(await fs.readFile(dir.join("agent.yaml"), "utf8")).toBe("mine\n");
  expect(await fs.readdir(dir.path)).toEqual(["agent.yaml"]);
});

test("where two write at once, one of them wins whole and the other is told", async () => {
  await using dir = await tempDir();
  const texts = ["a".repeat(100_000), "b".repeat(100_000)];
  const outcomes = await Promise.allSettled(texts.map((text) => writeNew(dir.join("agent.yaml"), text)));
  const [winner] = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [texts[index]] : []));
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(await fs.readFile(dir.join("agent.yaml"), "utf8")).toBe(winner);
  expect(await fs.readdir(dir.path)).toEqual(["agent.yaml"]);
});

test("a place where nothing can be written is told", async () => {
  await using dir = await tempDir();
  await fs.writeFile(dir.join("file"), "");
  await expect(writeNew(dir.join("file/agent.yaml"), "x")).rejects.toMatchObject({ code: "file_unwritable" });
});
