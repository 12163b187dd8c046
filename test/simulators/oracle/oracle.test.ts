/**
 * The oracle before a collector that is not there yet.
 */
import http from "node:http";
import { expect, test } from "vitest";
import { MICROS_PER_SECOND, micros, systemClock } from "../../../protocol/index.ts";
import { askOracle } from "../../../simulators/oracle/oracle.ts";
import { tempDir } from "../../support/temp-dir.ts";

const PARTS = { due: [], signal: new AbortController().signal, patience: micros(20 * MICROS_PER_SECOND) };

test("a collector that starts again is waited for, and asked once it is there", async () => {
  await using dir = await tempDir();
  const socket = dir.join("collector.sock");
  const server = http.createServer((_request, answer) => answer.end("[]"));
  const start = () => new Promise<void>((resolve) => server.listen(socket, resolve));
  const verdict = await askOracle({ ...PARTS, collector: { socket }, clock: { ...systemClock, sleep: start } });
  expect(verdict.balanced).toBe(true);
  await new Promise((resolve) => server.close(resolve));
});

test("one that does not answer before the wait is over is said", async () => {
  await using dir = await tempDir();
  const asked = askOracle({ ...PARTS, patience: micros(0), collector: { socket: dir.join("none.sock") }, clock: systemClock });
  await expect(asked).rejects.toMatchObject({ code: "no_answer" });
});
