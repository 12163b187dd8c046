/**
 * What the doctor says of the spool and the clock of an agent that rests.
 */
import fs from "node:fs";
import { expect, test } from "vitest";
import { clock } from "../../../agent/doctor/clock.ts";
import { spool } from "../../../agent/doctor/spool.ts";
import { openDatabase } from "../../../agent/spool/schema.ts";
import { epochMicros } from "../../../protocol/index.ts";
import { examinedAgent, type Pi, pi } from "./pi.ts";

/** A spool with two pending batches and a damaged one, closed in order. */
function makeSpool(box: Pi, version?: number): string {
  const path = box.dir.join("box.db");
  const db = openDatabase(path);
  db.exec("INSERT INTO epoch (epoch, origin) VALUES ('e', 'created')");
  const insert = db.prepare(
    "INSERT INTO batch (epoch, seq, kind, state, count, hash, sealed_at, size, bytes) VALUES (1, ?, 'data', ?, 10, 'h', 5, 600, ?)",
  );
  for (const [seq, state] of [0, 0, 1, 2].entries()) insert.run(seq + 1, state, Buffer.alloc(600, seq));
  if (version !== undefined) db.pragma(`user_version = ${version}`);
  db.close();
  return path;
}

const verdicts = async (box: Pi) => (await examinedAgent(spool, await box.config())).map(({ verdict }) => verdict);

test("a spool that is whole tells what waits in it, and which batches were damaged", async () => {
  await using box = await pi();
  expect(await verdicts(box)).toEqual(["green"]); // none yet
  makeSpool(box);
  const findings = await examinedAgent(spool, await box.config());
  expect(findings).toMatchObject([
    { verdict: "green", found: expect.stringContaining("20 sealed and not acked (batches: 2); checked whole") },
    { verdict: "yellow", found: expect.stringContaining("damaged batches: 1") },
  ]);
});

test.each<[string, (path: string) => void]>([
  ["a torn end", (path) => fs.truncateSync(path, fs.statSync(path).size - 600)],
  ["a page overwritten", (path) => fs.writeFileSync(path, Buffer.alloc(512, 0xa5), { flag: "r+" })],
  ["other bytes", (path) => fs.writeFileSync(path, "a text")],
  [
    "a broken page inside",
    (path) => {
      const bytes = fs.readFileSync(path);
      bytes.fill(0xa5, 512 * 6, 512 * 7);
      fs.writeFileSync(path, bytes);
    },
  ],
])("%s is red, and the file is left as it is", async (_, damage) => {
  await using box = await pi();
  const path = makeSpool(box);
  damage(path);
  const before = fs.readFileSync(path);
  expect(await verdicts(box)).toEqual(["red"]);
  expect(fs.readFileSync(path)).toEqual(before);
  expect(fs.readdirSync(box.dir.path).filter((name) => name.startsWith("box.db"))).toEqual(["box.db"]);
});

test("a spool of a later agent is red, for this one would not start", async () => {
  await using box = await pi();
  makeSpool(box, 99);
  const [finding] = await examinedAgent(spool, await box.config());
  expect(finding).toMatchObject({ verdict: "red", remedy: expect.stringContaining("install the newer") });
});

test("who vouches for the clock depends on the machine and on what the config trusts", async () => {
  await using box = await pi();
  const verdict = async (trust: string) =>
    (await examinedAgent(clock, await box.config({ more: `clock: { trust: ${trust} }` })))[0]?.verdict;
  const all = async () => Promise.all([await verdict("auto"), await verdict("ntp"), await verdict("system"), await verdict("collector")]);
  expect(await all()).toEqual(["yellow", "yellow", "green", "green"]);
  box.put("sys/class/rtc/rtc0/name", "rtc\n");
  expect(await all()).toEqual(["green", "yellow", "green", "green"]);
  box.put("run/systemd/timesync/synchronized", "");
  expect(await all()).toEqual(["green", "green", "green", "green"]);
  const [past] = await examinedAgent(clock, await box.config(), epochMicros(5_000_000));
  expect(past).toMatchObject({
    verdict: "red",
    found: expect.stringContaining("1970-01-01"),
    remedy: expect.stringContaining("timedatectl"),
  });
});
