/**
 * The oracle as a user runs it, on a real collector and a real agent, and on a store that was tampered with.
 */
import fs from "node:fs/promises";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { startProgram } from "../support/processes.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { drainAgent, startCollector, writeAgent } from "../support/whole-path.ts";

const COUNT = (span: string) =>
  `  - { name: count, driver: simulated, profile: numbered, seed: 7, replay: { from: 2026-11-01T00:00:00Z, for: ${span}, step: 1s } }\n`;

async function oracle(dir: TempDir, ...args: readonly string[]) {
  await using program = await startProgram({ args: ["simulators/bin.js", "oracle", dir.join("box.yaml"), ...args] });
  const { code } = await program.ended;
  return { code, said: program.output() };
}

test("what a real agent sent balances; a row taken out of the store, added or changed is found, with its number", async () => {
  await using dir = await tempDir();
  const first = await startCollector(dir);
  await drainAgent(await writeAgent(dir, { name: "box", url: first.url, sensors: COUNT("1h") }));
  const socket = ["--data", dir.join("data")];
  const fine = await oracle(dir, ...socket, "--json");
  expect(fine.code, fine.said).toBe(0);
  expect(JSON.parse(fine.said)).toMatchObject({ sent: 3_600, stored_once: 3_600, duplicated: 0, missing: 0, declared: 0, balanced: true });
  await first.program.kill("SIGTERM");

  tamper(dir, (db) => {
    const at = "SELECT MIN(at) FROM sample";
    db.exec(`UPDATE sample SET at = at + 1, value = value + 1 WHERE at = (${at}) + 60000000`);
    db.exec(`DELETE FROM sample WHERE at = (${at}) + 5000000`);
  });
  await using second = (await startCollector(dir, first.url)).program;
  const broken = await oracle(dir, ...socket, "--wait", "1ms");
  expect(broken.code).toBe(1);
  expect(broken.said).toContain("2 readings are missing, and only 0 are declared lost: the rest went silently");
  expect(broken.said).toContain("1 readings are stored that nobody sent");
  expect(broken.said).toContain("numbers that are not there, the first of them: 5, 60");

  await writeAgent(dir, { name: "box", url: first.url, sensors: COUNT("2h") });
  const more = await oracle(dir, ...socket, "--wait", "1ms", "--json");
  expect(more.code).toBe(1);
  expect(JSON.parse(more.said.split("\n")[0] ?? "")).toMatchObject({ sent: 7_200, stored_once: 3_598, missing: 3_602, balanced: false });
  await second.kill("SIGTERM");
});

test("it asks over the network with a token, and says what is missing without one", async () => {
  await using dir = await tempDir();
  const { url, program } = await startCollector(dir);
  await using _collector = program;
  const [, http = ""] = await program.line(/(http:\/\/127\.0\.0\.1:\d+)/);
  await drainAgent(await writeAgent(dir, { name: "box", url, sensors: COUNT("10m") }));
  const closed = await oracle(dir, "--collector", http);
  expect([closed.code, closed.said]).toEqual([1, expect.stringContaining("expected to be let in, got HTTP 401\n  -> make a token")]);
  await using made = await startProgram({
    args: ["collector/bin.js", "token", "create", "--role", "read", "--name", "oracle", "--data", dir.join("data")],
  });
  await made.ended;
  await fs.writeFile(dir.join("token"), made.stdout());
  const letIn = await oracle(dir, "--collector", http, "--token-file", dir.join("token"));
  expect(letIn.code, letIn.said + made.output()).toBe(0);
  expect(letIn.said).toContain("Balanced: 600 sent = 600 stored once + 0 declared lost.");
});

test.each([
  ["{ from: now-1d, for: 1d, step: 1s }", "numbered", "expected the replay of count to begin at an instant"],
  ["{ from: 2026-11-01T00:00:00Z, for: 1d, step: 5ms }", "numbered", "to be a multiple of 10ms"],
  ["{ from: 2026-11-01T00:00:00Z, for: 1d, step: 1s }", "boiler", "expected a sensor with numbered readings, got none"],
])("a config with replay %s of %s is refused with a remedy", async (replay, profile, message) => {
  await using dir = await tempDir();
  const sensors = `  - { name: count, driver: simulated, profile: ${profile}, replay: ${replay} }\n`;
  await writeAgent(dir, { name: "box", url: "mqtt://127.0.0.1:1", sensors });
  const { code, said } = await oracle(dir);
  expect([code, said]).toEqual([1, expect.stringContaining(message)]);
  expect(said).toContain("\n  -> ");
});

function tamper(dir: TempDir, change: (db: Database.Database) => void): void {
  const db = new Database(dir.join("data", "collector.db"));
  change(db);
  db.close();
}
