import fs from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readWrittenConfig, writeBundle } from "../../../protocol/index.ts";
import { tempDir } from "../../support/temp-dir.ts";

const PARTS = { config: { content: { password: "hunter2", agent: "a" }, about: "the config" }, status: { content: null, about: "none" } };

function contentOf(file: string): unknown {
  return JSON.parse(gunzipSync(fs.readFileSync(file)).toString());
}

test("a bundle is gzipped JSON without secrets, for its owner alone, and tells what is in it", async () => {
  await using dir = await tempDir();
  const file = dir.join("b.json.gz");
  const told = await writeBundle(PARTS, { file, force: false });
  expect(contentOf(file)).toEqual({ config: { password: "(removed)", agent: "a" }, status: null });
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(told).toContain("config  the config");
  expect(told).toContain("1 value that looks like a secret was taken out");
});

test("a file that is there stays as it is, unless --force says otherwise; nothing else is left beside it", async () => {
  await using dir = await tempDir();
  const file = dir.join("b.json.gz");
  fs.writeFileSync(file, "mine", { mode: 0o644 });
  await expect(writeBundle(PARTS, { file, force: false })).rejects.toMatchObject({ code: "bundle_exists" });
  expect(fs.readFileSync(file, "utf8")).toBe("mine");
  await writeBundle(PARTS, { file, force: true });
  expect(contentOf(file)).toHaveProperty("status");
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(dir.path)).toEqual(["b.json.gz"]);
});

test("a place that cannot be written to is a fault that names it", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("no-folder"), "");
  await expect(writeBundle(PARTS, { file: dir.join("no-folder", "b.json.gz"), force: false })).rejects.toMatchObject({
    code: "cannot_write",
  });
});

test("a config is taken as it is written: variables are not filled in, comments are not in it", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("a.yaml"), "agent: ${NAME} # called hunter2\nlist: [1, two]\n");
  expect(await readWrittenConfig(dir.join("a.yaml"))).toEqual({ agent: "${NAME}", list: [1, "two"] });
});

test("a config in which no secret could be found is left out as a whole", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("a.yaml"), "password: [hunter2\n  - {");
  const bomb = ["a: &a [x]", ..."bcdefghi".split("").map((name, i) => `${name}: &${name} [${`*${"abcdefghi"[i]},`.repeat(9)}]`)].join("\n");
  fs.writeFileSync(dir.join("bomb.yaml"), bomb);
  for (const file of ["a.yaml", "bomb.yaml", "none.yaml"]) {
    const content = await readWrittenConfig(dir.join(file));
    expect(Object.keys(content as object)).toEqual(["left_out"]);
    expect(JSON.stringify(content)).not.toContain("hunter2");
  }
});
