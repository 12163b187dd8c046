/**
 * A job against a real receiver: what is delivered, when, how often, and what is left to a person.
 */
import { describe, expect, test } from "vitest";
import { toPost } from "../../../collector/schedule/to-post.ts";
import { epochMicros, MICROS_PER_DAY, micros } from "../../../protocol/index.ts";
import { serve } from "../../support/http-server.ts";
import { HOUR, jobBench, MINUTE, START } from "./job-bench.ts";

type Manner = number | "answer lost";

function postTo(url: string) {
  return toPost({ kind: "post", url, headers: {}, tokenFile: undefined, caFile: undefined, timeout: micros(30_000_000) });
}

/** Accepts, unless the test says otherwise; `keys` are the hours it was asked to take, in the order they came. */
async function receiver() {
  const manners: Manner[] = [];
  const asked: { readonly hour: string; readonly key: string; readonly manner: Manner }[] = [];
  const world = { usual: 200 as Manner };
  const server = await serve((request, response) => {
    request.resume();
    request.on("end", () => {
      const manner = manners.shift() ?? world.usual;
      const key = String(request.headers["idempotency-key"]);
      asked.push({ hour: key.slice(18, 23), key, manner });
      if (typeof manner === "number") response.writeHead(manner).end("said so");
      else request.socket.destroy();
    });
  });
  return { manners, asked, world, deliver: postTo(server.url), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const hours = (asked: readonly { readonly hour: string }[]) => asked.map(({ hour }) => hour);

test("each hour is posted once, at its minute, under a key of its own", async () => {
  await using there = await receiver();
  const bench = jobBench(there);
  bench.start();
  await bench.pass(4 * MINUTE);
  expect(there.asked).toEqual([]);
  await bench.pass(2 * HOUR + MINUTE);
  await bench.stop();
  expect(there.asked.map(({ key }) => key)).toEqual(
    ["09", "10", "11"].map((hour) => `"stats/2026-11-20T${hour}:00:00.000Z/2026-11-20T${Number(hour) + 1}:00:00.000Z"`),
  );
  expect(bench.states()).toEqual(["09:00 delivered", "10:00 delivered", "11:00 delivered"]);
});

describe("what was missed while the collector was down", () => {
  test("is made up at the start, oldest first, and what was delivered before is not", async () => {
    await using there = await receiver();
    const bench = jobBench(there);
    bench.start();
    await bench.pass(10 * MINUTE);
    await bench.stop();
    await bench.time.advance(3 * HOUR);
    bench.start();
    await bench.pass(MINUTE);
    await bench.stop();
    expect(hours(there.asked)).toEqual(["09:00", "10:00", "11:00", "12:00"]);
  });

  test("is made up for the last seven days, and a report that is new owes nothing", async () => {
    await using there = await receiver();
    const bench = jobBench(there);
    bench.start();
    await bench.pass(MINUTE);
    await bench.stop();
    expect(there.asked).toEqual([]);
    await bench.time.advance(30 * MICROS_PER_DAY);
    bench.start();
    await bench.pass(MINUTE);
    await bench.stop();
    expect(there.asked.length).toBe(7 * 24);
    expect(there.asked[0]?.key).toContain("2026-12-13T09:00");
  });
});

describe("a receiver", () => {
  test("that is busy is asked again after longer and longer, under the same key, until it accepts", async () => {
    await using there = await receiver();
    there.manners.push(503, 429, 500, "answer lost");
    const bench = jobBench(there);
    bench.start();
    await bench.pass(20 * MINUTE);
    await bench.stop();
    expect(there.asked.map(({ manner }) => manner)).toEqual([503, 429, 500, "answer lost", 200]);
    expect(new Set(there.asked.map(({ key }) => key)).size).toBe(1);
    expect(bench.states()).toEqual(["09:00 delivered"]);
    expect(bench.log.entries.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("that is down for a day gets every hour then, each once, and few questions before", async () => {
    await using there = await receiver();
    there.world.usual = 503;
    const bench = jobBench(there);
    bench.start();
    await bench.pass(24 * HOUR);
    expect(there.asked.length).toBeLessThan(60);
    there.world.usual = 200;
    const before = there.asked.length;
    await bench.pass(HOUR);
    await bench.stop();
    expect(bench.states().filter((state) => !state.endsWith("delivered"))).toEqual([]);
    expect(new Set(there.asked.slice(before).map(({ key }) => key)).size, "none twice").toBe(there.asked.length - before);
  });

  test("that cannot digest one hour gets the others all the same", async () => {
    const taken: string[] = [];
    await using served = await serve((request, response) => {
      request.resume();
      const hour = String(request.headers["idempotency-key"]).slice(18, 23);
      if (hour !== "09:00") taken.push(hour);
      response.writeHead(hour === "09:00" ? 500 : 200).end();
    });
    const bench = jobBench({ deliver: postTo(served.url) });
    bench.start();
    await bench.pass(3 * HOUR + 30 * MINUTE);
    await bench.stop();
    expect(taken).toEqual(["10:00", "11:00", "12:00"]);
    expect(bench.states()[0]).toBe("09:00 pending");
  });

  test("that refuses an hour is not asked for it again, gets the next, and the refused one after a restart", async () => {
    await using there = await receiver();
    there.manners.push(400);
    const bench = jobBench(there);
    bench.start();
    await bench.pass(2 * HOUR);
    expect(bench.states()).toEqual(["09:00 refused", "10:00 delivered"]);
    expect(bench.runs.failed("stats", 5)).toMatchObject([
      {
        attempts: 1,
        fault: { code: "report_refused", message: expect.stringContaining("HTTP 400"), hint: expect.stringContaining("restart") },
      },
    ]);
    await bench.stop();
    bench.start();
    await bench.pass(MINUTE);
    await bench.stop();
    expect(hours(there.asked)).toEqual(["09:00", "10:00", "09:00"]);
  });

  test("that never takes it is given up after retry_for, and no sooner", async () => {
    await using there = await receiver();
    there.world.usual = 503;
    const bench = jobBench({ ...there, job: { retryFor: micros(3 * HOUR) } });
    bench.start();
    await bench.pass(3 * HOUR);
    expect(bench.states()[0]).toBe("09:00 pending");
    await bench.pass(2 * HOUR);
    await bench.stop();
    expect(bench.states()[0]).toBe("09:00 expired");
  });
});

test("a run waits while readings are under way, and no longer than it may", async () => {
  await using there = await receiver();
  const bench = jobBench(there);
  bench.world.isUnderWay = true;
  bench.start();
  await bench.pass(14 * MINUTE);
  expect(there.asked).toEqual([]);
  await bench.pass(2 * MINUTE);
  expect(hours(there.asked)).toEqual(["09:00"]);
  await bench.pass(50 * MINUTE);
  expect(hours(there.asked)).toEqual(["09:00"]);
  bench.world.isUnderWay = false;
  await bench.pass(MINUTE);
  expect(hours(there.asked)).toEqual(["09:00", "10:00"]);
  await bench.stop();
});

describe("a clock", () => {
  test("that nobody vouches for owes no run", async () => {
    await using there = await receiver();
    const bench = jobBench(there);
    bench.start();
    await bench.pass(MINUTE);
    bench.world.isClockTrusted = false;
    await bench.pass(2 * HOUR);
    expect(bench.states()).toEqual([]);
    bench.world.isClockTrusted = true;
    await bench.pass(MINUTE);
    await bench.stop();
    expect(bench.states()).toEqual(["09:00 delivered", "10:00 delivered"]);
  });

  test("that was set back delivers nothing twice, and one that was far ahead does not silence a report", async () => {
    await using there = await receiver();
    const bench = jobBench(there);
    bench.start();
    await bench.pass(2 * HOUR);
    bench.time.setWall(START);
    await bench.pass(3 * HOUR);
    await bench.stop();
    expect(hours(there.asked)).toEqual(["09:00", "10:00", "11:00"]);
    bench.runs.note("stats", [], epochMicros(START + 365 * MICROS_PER_DAY), START);
    bench.start();
    await bench.pass(2 * HOUR);
    await bench.stop();
    expect(hours(there.asked)).toEqual(["09:00", "10:00", "11:00", "12:00", "13:00"]);
  });
});

test("an accepted run that the disk could not note is noted later, and not posted again", async () => {
  await using there = await receiver();
  const bench = jobBench(there);
  bench.start();
  await bench.pass(2 * MINUTE);
  bench.world.isUnderWay = true;
  await bench.pass(4 * MINUTE);
  expect(bench.states()).toEqual(["09:00 pending"]);
  bench.db.pragma("query_only = ON");
  bench.world.isUnderWay = false;
  await bench.pass(10 * MINUTE);
  expect([hours(there.asked), bench.states()]).toEqual([["09:00"], ["09:00 pending"]]);
  bench.db.pragma("query_only = OFF");
  await bench.pass(2 * MINUTE);
  await bench.stop();
  expect([hours(there.asked), bench.states()]).toEqual([["09:00"], ["09:00 delivered"]]);
});
