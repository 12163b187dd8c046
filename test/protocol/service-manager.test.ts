/**
 * What systemd hears, through its own systemd-notify, from a program whose time the test moves.
 */
import { expect, test } from "vitest";
import { type Micros, type Pulse, serviceManager } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";
import { openNotifySocket } from "../support/notify-socket.ts";
import { quietLog } from "../support/quiet-log.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { tempDir } from "../support/temp-dir.ts";

const SECOND = 1_000_000;
const PID = 4_711;
const { PATH } = process.env;

function manager(env: Record<string, string | undefined>, time: ManualClock, log = quietLog()) {
  return serviceManager({ PATH, ...env }, PID, { clock: time.clock, random: seededRandom("service", 1), log });
}

/** A pulse that counts how often it was taken. */
function looking(word: string): () => Promise<Pulse> {
  let asked = 0;
  return async () => {
    asked += 1;
    return { isMoving: true, words: `${word}${asked}` };
  };
}

test("a program that systemd does not listen to says nothing and sets no timer", async () => {
  const time = manualClock();
  const service = manager({ WATCHDOG_USEC: "1000000" }, time);
  service.ready(() => Promise.reject(new Error("its pulse was taken")));
  service.stopping();
  expect(time.pending()).toEqual([]);
});

test("systemd hears ready, then words and watchdog twice in each period, as long as the work moves", async () => {
  await using dir = await tempDir();
  await using socket = await openNotifySocket(dir);
  const time = manualClock();
  const service = manager({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: `${60 * SECOND}`, WATCHDOG_PID: `${PID}` }, time);
  let asked = 0;
  let isMoving = true;
  service.ready(async (patience: Micros): Promise<Pulse> => {
    expect(patience).toBe(30 * SECOND);
    asked += 1;
    return { isMoving, words: `look ${asked}` };
  });
  await socket.message(/STATUS=look 1 WATCHDOG=1/);
  expect(socket.messages()[0]).toMatch(/^READY=1/);

  await time.advance(29 * SECOND);
  expect(asked).toBe(1);
  await time.advance(SECOND);
  await socket.message(/STATUS=look 2 WATCHDOG=1/);

  isMoving = false;
  await time.advance(30 * SECOND);
  expect(await socket.message(/STATUS=look 3/)).toBe("STATUS=look 3");
  isMoving = true;
  await time.advance(30 * SECOND);
  await socket.message(/STATUS=look 4 WATCHDOG=1/);

  service.stopping();
  await socket.message(/STOPPING=1/);
  expect(time.pending()).toEqual([]);
});

test("a program that cannot say how it is, is silent, until it can", async () => {
  await using dir = await tempDir();
  await using socket = await openNotifySocket(dir);
  const time = manualClock();
  const service = manager({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: `${2 * SECOND}` }, time);
  const hung = Promise.withResolvers<Pulse>();
  let asked = 0;
  service.ready(() => {
    asked += 1;
    return asked === 2 ? hung.promise : Promise.resolve({ isMoving: true, words: `look ${asked}` });
  });
  await socket.message(/STATUS=look 1 WATCHDOG=1/);
  await time.advance(100 * SECOND);
  expect(asked).toBe(2);
  hung.resolve({ isMoving: true, words: "look 2" });
  await socket.message(/STATUS=look 2 WATCHDOG=1/);
  await time.advance(SECOND);
  await socket.message(/STATUS=look 3 WATCHDOG=1/);
  expect(socket.messages().filter((message) => message.includes("WATCHDOG=1"))).toHaveLength(3);
  service.stopping();
});

for (const [what, env] of [
  ["without a watchdog", {}],
  ["with a watchdog that is meant for another process", { WATCHDOG_USEC: "1000000", WATCHDOG_PID: "1" }],
  ["with a watchdog period that is no number", { WATCHDOG_USEC: "soon" }],
] as const) {
  test(`${what} systemd hears the words alone`, async () => {
    await using dir = await tempDir();
    await using socket = await openNotifySocket(dir);
    const time = manualClock();
    const service = manager({ NOTIFY_SOCKET: socket.path, ...env }, time);
    service.ready(looking("look\n"));
    await socket.message(/STATUS=look 1/);
    await time.advance(30 * SECOND);
    expect(await socket.message(/STATUS=look 2/)).toBe("STATUS=look 2");
    service.stopping();
  });
}

test("where systemd-notify is missing or fails, one line says so and the program goes on", async () => {
  await using dir = await tempDir();
  for (const env of [{ PATH: "/nowhere" }, { PATH }]) {
    const log = quietLog();
    const time = manualClock();
    const service = manager({ ...env, NOTIFY_SOCKET: dir.join("nobody") }, time, log);
    const takePulse = looking("look ");
    service.ready(takePulse);
    await eventually(
      () => log.entries.length,
      (count) => count === 1,
    );
    await time.advance(90 * SECOND);
    service.stopping();
    expect(await takePulse()).toEqual({ isMoving: true, words: "look 5" });
    expect(log.entries).toHaveLength(1);
  }
});
