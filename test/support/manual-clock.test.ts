import { expect, test } from "vitest";
import { epochMicros, MICROS_PER_DAY, MICROS_PER_SECOND, micros } from "../../protocol/index.ts";
import { manualClock, NEW_YEAR_2026 } from "./manual-clock.ts";

const second = micros(MICROS_PER_SECOND);

test("timers fire in the order of their time, each at its own instant", async () => {
  const { clock, advance } = manualClock({ monotonic: micros(0) });
  const fired: [string, number][] = [];
  clock.after("late", micros(2 * second), () => fired.push(["late", clock.monotonic()]));
  clock.after("early", second, () => fired.push(["early", clock.monotonic()]));
  clock.after("too late", micros(4 * second), () => fired.push(["too late", clock.monotonic()]));
  await advance(3 * second);
  expect(fired).toEqual([
    ["early", 1_000_000],
    ["late", 2_000_000],
  ]);
  expect(clock.monotonic()).toBe(3_000_000);
});

test("a chain of sleeps that takes a week by the clock is over in one advance", async () => {
  const { clock, advance, pending } = manualClock();
  let days = 0;
  const week = (async () => {
    for (; days < 7; days++) await clock.sleep("day", micros(MICROS_PER_DAY), new AbortController().signal);
  })();
  expect(pending()).toEqual(["day"]);
  await advance(7 * MICROS_PER_DAY);
  await week;
  expect(days).toBe(7);
  expect(clock.wall()).toBe(NEW_YEAR_2026 + 7 * MICROS_PER_DAY);
  expect(pending()).toEqual([]);
});

test("an aborted sleep rejects with the signal's reason and leaves no timer", async () => {
  const { clock, pending } = manualClock();
  const stop = new AbortController();
  const sleeping = clock.sleep("nap", second, stop.signal);
  stop.abort(new Error("enough"));
  await expect(sleeping).rejects.toThrow("enough");
  await expect(clock.sleep("nap", second, stop.signal)).rejects.toThrow("enough");
  expect(pending()).toEqual([]);
});

test("a cancelled timer does not fire", async () => {
  const { clock, advance } = manualClock();
  let isFired = false;
  const timer = clock.after("never", second, () => {
    isFired = true;
  });
  timer.cancel();
  timer.cancel();
  await advance(2 * second);
  expect(isFired).toBe(false);
});

test("a step of the wall clock leaves the monotonic clock alone", async () => {
  const { clock, advance, setWall } = manualClock({ monotonic: micros(5) });
  setWall(epochMicros(0));
  expect([clock.wall(), clock.monotonic()]).toEqual([0, 5]);
  await advance(10);
  expect([clock.wall(), clock.monotonic()]).toEqual([10, 15]);
});
