import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { judge, needs } from "./needs.ts";
import { tempDir } from "./temp-dir.ts";

const NOTHING = { TRIBUTARY_DATA: "/nowhere", PATH: "/nowhere" };

test("a data set is found in the folder that TRIBUTARY_DATA names", async () => {
  await using dir = await tempDir();
  fs.mkdirSync(dir.join("room_climate"));
  expect(judge("data:room_climate", { TRIBUTARY_DATA: dir.path })).toEqual({ found: dir.join("room_climate") });
});

test("a program is found on the PATH", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("influxd"), "");
  expect(judge("influxd", { PATH: `/nowhere${path.delimiter}${dir.path}` })).toEqual({ found: dir.join("influxd") });
});

test("where nothing is required, a missing thing skips the test and the message says what and where", () => {
  expect(judge("data:room_climate", NOTHING)).toEqual({
    skip: "needs data:room_climate, which this machine does not have (looked in /nowhere)",
  });
});

test("where everything is required, a missing thing is a failure", () => {
  const required = { ...NOTHING, TRIBUTARY_REQUIRE_ALL: "1" };
  expect(judge("data:room_climate", required)).toHaveProperty("fail");
  expect(judge("influxd", required)).toHaveProperty("fail");
});

test("where programs are required, a missing program is a failure and a missing data set is not", () => {
  const required = { ...NOTHING, TRIBUTARY_REQUIRE_ALL: "programs" };
  expect(judge("influxd", required)).toHaveProperty("fail");
  expect(judge("data:room_climate", required)).toHaveProperty("skip");
});

test("an old Node is never required", () => {
  expect(judge("old_node", { ...NOTHING, TRIBUTARY_REQUIRE_ALL: "1" })).toHaveProperty("skip");
});

test("needs() gives the path of what is there", () => {
  expect(fs.existsSync(needs("git"))).toBe(true);
});
