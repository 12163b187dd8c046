import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { runSimulate } from "../../../simulators/cli.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function told(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  let output = "";
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      output += chunk;
      done();
    },
  });
  const signal = new AbortController().signal;
  const random = seededRandom("fleet-command", 1);
  const terminal = { version: "1.2.3", clock: manualClock().clock, random, signal, stdout: stream, stderr: stream };
  return { code: await runSimulate(["fleet", ...args], terminal), output };
}

test("a collector that cannot be asked is found out before anything is sent", async () => {
  await using dir = await tempDir();
  const nobody = await told("--ask", dir.join("collector.sock"));
  expect(nobody.code).toBe(1);
  expect(nobody.output).toMatch(/nobody answers\n {2}-> --ask names the collector's control socket or URL/);
  expect(await told("--token-file", dir.join("token"))).toMatchObject({ code: 1, output: expect.stringContaining("--token-file") });
});

test.each([
  [["--agents", "0"], 2, "whole number from 1 to 100000"],
  [["--agents", "99999"], 1, "ulimit -n"],
  [["--every", "10"], 2, "did you mean 10s?"],
  [["--name", "Fleet"], 2, "of at most 30 characters"],
  [["--profile", "submarine"], 2, "greenhouse"],
  [["--collector", "http://here"], 1, "mqtt://collector.local:1883"],
])("%j is refused, with what was meant", async (args, code, words) => {
  expect(await told(...args)).toEqual({ code, output: expect.stringContaining(words) });
});
