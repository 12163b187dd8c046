import { createServer, type Server } from "node:http";
import { expect, test } from "vitest";
import { askAgent } from "../../../agent/doctor/ask-agent.ts";
import { control } from "../../../agent/doctor/control.ts";
import { systemClock } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { examinedAgent, pi } from "./pi.ts";

/** Listens where an agent would, and gives this answer; undefined = none. */
async function answering(socket: string, status: object | undefined): Promise<{ readonly server: Server; readonly asked: Promise<void> }> {
  const asked = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    asked.resolve();
    if (status !== undefined) response.end(JSON.stringify(status));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { server, asked: asked.promise };
}

function close(server: Server): Promise<unknown> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}

test("an agent that listens and does not answer is given up after four seconds", async () => {
  await using dir = await tempDir();
  const { server, asked } = await answering(dir.join("a.sock"), undefined);
  const time = manualClock();
  const answer = askAgent(dir.join("a.sock"), time.clock).catch((error: unknown) => error);
  await asked;
  await time.advance(4_000_000);
  expect(await answer).toMatchObject({ code: "no_answer" });
  await close(server);
});

test("an agent of another version is not taken for one of this", async () => {
  await using dir = await tempDir();
  const { server } = await answering(dir.join("a.sock"), { agent: "box", sensors: [] });
  await expect(askAgent(dir.join("a.sock"), systemClock)).rejects.toMatchObject({
    code: "other_version",
    hint: expect.stringContaining("restart"),
  });
  await close(server);
});

test("a running agent is judged by its account, its version, its errors, damaged batches and hours left", async () => {
  await using box = await pi();
  const config = await box.config();
  const well = {
    agent: "box",
    version: "1.0.0",
    sensors: [],
    account: { read: 5, balanced: true },
    spool: { damagedBatches: 0 },
    pace: { hoursLeft: 30 },
    recentFaults: [{ at: "2026-11-20T10:00:00.000Z", level: "warn", message: "odd", times: 1 }],
  };
  const judged = async (status: object) => {
    const { server } = await answering(config.control, { ...well, ...status });
    const findings = await examinedAgent(control, config);
    await close(server);
    return findings.map(({ verdict }) => verdict);
  };
  expect(await judged({})).toEqual(["green"]);
  expect(await judged({ account: { read: 5, balanced: false } })).toEqual(["green", "red"]);
  expect(await judged({ version: "0.9.0" })).toEqual(["green", "yellow"]);
  expect(await judged({ recentFaults: [{ ...well.recentFaults[0], level: "error" }] })).toEqual(["green", "yellow"]);
  expect(await judged({ spool: { damagedBatches: 2 } })).toEqual(["green", "yellow"]);
  expect(await judged({ pace: { hoursLeft: 3 } })).toEqual(["green", "yellow"]);
});
