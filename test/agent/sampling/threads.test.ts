import { describe, expect, test } from "vitest";
import { Threads } from "../../../agent/sampling/threads.ts";
import { MICROS_PER_SECOND } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";

const NEVER = new AbortController().signal;
const seconds = (count: number) => count * MICROS_PER_SECOND;

function threads(limit: number) {
  const time = manualClock();
  const pool = new Threads(limit, time.clock);
  /** A call that goes on until it is told to end. */
  const begin = (signal = NEVER) => {
    const end = Promise.withResolvers<string>();
    let isRunning = false;
    const done = pool.run(() => {
      isRunning = true;
      return end.promise;
    }, signal);
    done.catch(() => {});
    return { done, end: () => end.resolve("done"), fail: (error: Error) => end.reject(error), isRunning: () => isRunning };
  };
  return { time, begin };
}

describe("calls that share threads", () => {
  test("run at once up to the limit; the next waits until one has ended, well or not", async () => {
    const { time, begin } = threads(2);
    const [one, two, three, four] = [begin(), begin(), begin(), begin()];
    expect([one, two, three, four].map(({ isRunning }) => isRunning())).toEqual([true, true, false, false]);
    one.end();
    expect(await one.done).toBe("done");
    await expect.poll(() => three.isRunning()).toBe(true);
    expect(four.isRunning()).toBe(false);
    two.fail(new Error("broken"));
    await expect(two.done).rejects.toThrow("broken");
    await expect.poll(() => four.isRunning()).toBe(true);
    three.end();
    four.end();
    expect(await Promise.all([three.done, four.done])).toEqual(["done", "done"]);
    expect(time.pending()).toEqual([]);
  });

  test("that all hang are told to whoever comes next, at once, and to whoever waits, when it is certain", async () => {
    const { time, begin } = threads(2);
    begin();
    await time.advance(seconds(5));
    const slow = begin();
    const waiting = begin();
    await time.advance(seconds(9));
    expect(time.pending()).toEqual(["wait for a thread"]);
    await time.advance(seconds(1));
    await expect(waiting.done).rejects.toMatchObject({ code: "threads_taken", retry: true });
    await expect(begin().done).rejects.toMatchObject({ code: "threads_taken" });
    slow.end();
    await slow.done;
    const next = begin();
    expect(next.isRunning()).toBe(true);
  });

  test("are not waited for when the agent stops", async () => {
    const { time, begin } = threads(1);
    begin();
    const stopping = new AbortController();
    const waiting = begin(stopping.signal);
    stopping.abort(new Error("the sampler stops"));
    await expect(waiting.done).rejects.toThrow("the sampler stops");
    expect(waiting.isRunning()).toBe(false);
    expect(time.pending()).toEqual([]);
  });
});
