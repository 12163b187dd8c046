import { expect, test } from "vitest";
import type { SeriesInfo } from "../../../collector/rollup/series.ts";
import { isUnderWay, type UnderWaySource } from "../../../collector/schedule/under-way.ts";
import type { HeldValue } from "../../../collector/stores/contract.ts";
import {
  type EpochMicros,
  epochMicros,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  micros,
  type SeriesId,
} from "../../../protocol/index.ts";
import { START } from "./job-bench.ts";

const PERIOD = { from: epochMicros(START - MICROS_PER_HOUR), to: START };

interface Told {
  /** Minutes after the period's end at which there are readings; may be negative. */
  readonly readings: readonly number[];
  readonly every?: number;
  readonly heartbeat?: number;
  readonly pending?: readonly string[];
}

/** One series whose readings are a plain list, five minutes after the period's end. */
function source({ readings, every = 1, heartbeat = 0, pending = [] }: Told): UnderWaySource {
  const at = readings.map((minutes) => epochMicros(START + minutes * MICROS_PER_MINUTE)).sort((a, b) => a - b);
  const held = (found: EpochMicros | undefined): HeldValue | undefined =>
    found === undefined ? undefined : { at: found, value: 1, summary: false };
  const spec = {
    sensor: "air",
    channel: "t",
    unit: "Cel",
    kind: "gauge",
    sampling: "periodic",
    period: micros(every * MICROS_PER_MINUTE),
    heartbeat: micros(heartbeat * MICROS_PER_MINUTE),
    calibration: 0,
  } as const;
  const series: SeriesInfo = { number: 1, id: "roof/air/t" as SeriesId, version: 1, spec };
  return {
    series: () => [series],
    pendingAgents: () => new Set(pending),
    now: () => epochMicros(START + 5 * MICROS_PER_MINUTE),
    store: {
      lastBefore: async (_, before, reach) => held(at.findLast((one) => one < before && one >= before - reach)),
      firstAfter: async (_, after, reach) => held(at.find((one) => one >= after && one < after + reach)),
    },
  };
}

test.each([
  ["a reading behind the period has come", { readings: [-1, 0, 1] }, false],
  ["a reading is owed and none has come", { readings: [-2, -1] }, true],
  ["the series has been silent since before the period", { readings: [-100] }, true],
  ["it has been silent for longer than a day", { readings: [(-2 * MICROS_PER_DAY) / MICROS_PER_MINUTE] }, false],
  ["it never spoke", { readings: [] }, false],
  ["nothing is expected yet of a slow sensor", { readings: [-30], every: 60 }, false],
  ["a slow sensor is late", { readings: [-70], every: 60 }, true],
  ["it may be silent for longer", { readings: [-3], heartbeat: 10 }, false],
  ["its agent holds batches back", { readings: [-1, 0, 1], pending: ["roof"] }, true],
  ["another agent holds batches back", { readings: [-1, 0, 1], pending: ["cellar"] }, false],
  ["it says something only when something happens", { readings: [-30], every: 0 }, false],
] as const)("where %s: %o is under way = %s", async (_, told, expected) => {
  expect(await isUnderWay(source(told), undefined, PERIOD)).toBe(expected);
});
