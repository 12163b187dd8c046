import { describe, expect, test } from "vitest";
import type { SensorConfig } from "../../../agent/config/config.ts";
import { cronLine } from "../../../protocol/calendar.ts";
import { epochMicros, isoInstant, micros } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { type Bench, bench, committed, polled, scripted, sensor } from "../../support/sampling.ts";

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const at = (iso: string) => epochMicros(Date.parse(iso) * 1_000);

const counting = () => scripted(() => polled(async () => ({ values: { t: 1 } }), "own"));

function start(wall: string, line: string, more: Partial<SensorConfig> = {}, driver = counting()): Bench {
  const time = manualClock({ wall: at(wall), monotonic: micros(7_500_000) });
  const schedule = { every: micros(HOUR), cron: cronLine(line, "Europe/Berlin"), offset: micros(0), ...more };
  const started = bench([sensor("air", driver, schedule)], { time });
  started.sampler.start();
  return started;
}

/** Wall instants of what was committed, under the clock that is trusted now. */
function instants({ journal, eventClock }: Bench): readonly string[] {
  return committed(journal).map(([taken]) => isoInstant(epochMicros(taken + (eventClock.offset ?? 0))));
}

describe("a sensor with a cron line is read", () => {
  test("at its times in its zone, and at no other", async () => {
    const started = start("2026-11-20T04:00:00Z", "0 6,18 * * *");
    await started.time.advance(36 * HOUR);
    expect(instants(started)).toEqual(["2026-11-20T05:00:00.000Z", "2026-11-20T17:00:00.000Z", "2026-11-21T05:00:00.000Z"]);
  });

  test("behind them by its offset", async () => {
    const started = start("2026-11-20T04:00:00Z", "0 6 * * *", { offset: micros(2_500_000) });
    await started.time.advance(4 * HOUR);
    expect(instants(started)).toEqual(["2026-11-20T05:00:02.500Z"]);
  });

  test("twice at a time that comes twice, and later where it is skipped", async () => {
    const autumn = start("2026-10-24T23:00:00Z", "30 2 * * *");
    await autumn.time.advance(6 * HOUR);
    expect(instants(autumn)).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]);
    const spring = start("2026-03-28T23:00:00Z", "30 2 * * *");
    await spring.time.advance(6 * HOUR);
    expect(instants(spring)).toEqual(["2026-03-29T01:30:00.000Z"]);
  });

  test("by the machine's clock while nobody vouches for it, and by the right one within a minute after", async () => {
    const started = start("2026-11-20T04:00:00Z", "0 6 * * *");
    const right = started.eventClock.offset ?? 0;
    started.time.setWall(epochMicros(right + started.time.clock.monotonic() - 10 * HOUR));
    started.eventClock.offset = undefined;
    await started.time.advance(MINUTE / 2);
    started.eventClock.offset = right;
    await started.time.advance(2 * HOUR);
    expect(instants(started)).toEqual(["2026-11-20T05:00:00.000Z"]);
  });

  test("once, however a time server moves the clock by microseconds around it", async () => {
    const started = start("2026-11-20T04:59:00Z", "0 6 * * *");
    const offset = started.eventClock.offset ?? 0;
    await started.time.advance(MINUTE + 1_000_000);
    started.eventClock.offset = offset - 1_500_000;
    await started.time.advance(10 * MINUTE);
    expect(committed(started.journal)).toHaveLength(1);
  });

  test("not again while a read is under way; the times that pass are counted", async () => {
    const answers: (() => void)[] = [];
    const slow = scripted(() =>
      polled(async () => {
        await new Promise<void>((resolve) => answers.push(resolve));
        return { values: { t: 1 } };
      }, "own"),
    );
    const started = start("2026-11-20T04:59:00Z", "*/5 * * * *", {}, slow);
    await started.time.advance(17 * MINUTE);
    expect(answers).toHaveLength(1);
    answers.shift()?.();
    await started.time.advance(5 * MINUTE);
    expect(answers).toHaveLength(1);
    expect(started.sampler.tallies().air?.skipped).toBe(3); // 05:05, 05:10, 05:15
    expect(instants(started)).toEqual(["2026-11-20T05:00:00.000Z"]);
  });
});

test("an offset takes the place of the phase that the agent gives", () => {
  const { phase } = bench([sensor("air", counting(), { offset: micros(250_000) }), sensor("soil", counting(), { offset: micros(0) })]);
  expect([phase("air"), phase("soil")]).toEqual([250_000, 0]);
});
