/**
 * The page's files are served where they were built; where not, it is said how to build them.
 */
import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { tempDir } from "../../support/temp-dir.ts";
import { served } from "./http-bench.ts";

test("the built page is served without a token, with its types", async () => {
  await using dir = await tempDir();
  await fs.mkdir(dir.join("assets"));
  await fs.writeFile(dir.join("index.html"), '<!doctype html><script type="module" src="assets/page.js"></script>');
  await fs.writeFile(dir.join("assets", "page.js"), "export {};");
  await using server = await served({ parts: { page: dir.path } });
  const page = await server.ask("/", { token: null });
  expect(page).toMatchObject({ status: 200, type: "text/html; charset=utf-8" });
  expect(page.text).toContain("assets/page.js");
  expect(await server.ask("/assets/page.js", { token: null })).toMatchObject({ status: 200, type: expect.stringMatching(/javascript/) });
  const missing = await server.ask("/assets/gone.js", { token: null });
  expect([missing.status, missing.json()]).toEqual([404, expect.objectContaining({ title: "unknown_path" })]);
});

test("where it was not built the answer says how to build it, and the rest works", async () => {
  await using server = await served();
  const answer = await server.ask("/", { token: null });
  expect(answer).toMatchObject({ status: 404, type: "text/plain; charset=utf-8" });
  expect(answer.text).toContain("npm run console");
  expect((await server.ask("/api/v1/status")).status).toBe(200);
});
