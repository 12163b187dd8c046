/**
 * Tokens and links as they are kept: hashes on disk, bounded in number, gone when they are over.
 */
import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { openAccess } from "../../../collector/access/access.ts";
import { openDatabase } from "../../../collector/ingest/schema.ts";
import { MICROS_PER_HOUR, micros } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { randomOf } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { faultCode } from "../fault-code.ts";

const HOUR = micros(MICROS_PER_HOUR);

function access(file = ":memory:") {
  const clock = manualClock();
  const db = openDatabase(file, false);
  return { ...openAccess(db, { clock: clock.clock, random: randomOf(5) }), clock, db };
}

test("a token outlives the process, and no file holds its secret", async () => {
  await using dir = await tempDir();
  const before = access(dir.join("collector.db"));
  const { secret, token } = before.tokens.create({ kind: "token", role: "operate", name: "wall", lifetime: undefined });
  before.db.close();
  for (const file of await fs.readdir(dir.path)) expect((await fs.readFile(dir.join(file))).includes(secret.slice(10))).toBe(false);
  const after = access(dir.join("collector.db"));
  expect(after.tokens.find(secret)).toEqual(token);
  expect(after.tokens.find(`${secret}x`)).toBeUndefined();
  after.db.close();
});

test("there may be a thousand tokens; a revoked one makes room", async () => {
  const { tokens } = access();
  const make = () => tokens.create({ kind: "token", role: "read", name: "", lifetime: undefined }).token;
  const first = make();
  for (let i = 1; i < 1_000; i++) make();
  expect(await faultCode((async () => make())())).toBe("too_many_tokens");
  tokens.revoke(first.id);
  expect(make().id).not.toBe(first.id);
});

test("sessions that are over are swept, and of too many the oldest goes; tokens stay", async () => {
  const { tokens, clock } = access();
  const { token: kept } = tokens.create({ kind: "token", role: "read", name: "", lifetime: HOUR });
  const enter = () => tokens.create({ kind: "session", role: "read", name: "", lifetime: HOUR });
  const first = enter();
  for (let i = 1; i < 1_000; i++) {
    await clock.advance(1);
    enter();
  }
  expect(tokens.find(first.secret)).toBeDefined();
  await clock.advance(1);
  enter();
  expect(tokens.find(first.secret)).toBeUndefined();
  await clock.advance(2 * HOUR);
  const { token: last } = enter();
  expect(tokens.list(undefined, 5_000).map(({ id }) => id)).toEqual([kept.id, last.id]);
});

test("of links that nobody used the oldest goes", () => {
  const { links } = access();
  const codes = Array.from({ length: 101 }, () => links.create().code);
  expect(links.use(codes[0] as string)).toBe(false);
  expect(links.use(codes[1] as string)).toBe(true);
  expect(links.use(codes[100] as string)).toBe(true);
});

test("failures of one address are not another's, and their number is bounded", () => {
  const { failures } = access();
  for (let i = 0; i < 11; i++) failures.fail("10.0.0.1");
  expect(failures.fail("10.0.0.1")).toBeGreaterThan(0);
  expect(failures.fail("10.0.0.2")).toBe(0);
  for (let i = 0; i < 10_000; i++) failures.fail(`host-${i}`);
  expect(failures.fail("10.0.0.1")).toBe(0); // forgotten: memory is bounded, and it was long ago
});
