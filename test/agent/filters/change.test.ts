import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { change } from "../../../agent/filters/change.ts";
import { deadband } from "../../../agent/filters/deadband.ts";
import { epochMicros, MICROS_PER_MINUTE, MICROS_PER_SECOND } from "../../../protocol/index.ts";
import { EVERY_SECOND, openFilter, runTrace, TRACE_START } from "../../support/traces.ts";
import { FEW, outcomes, readings } from "./restarts.ts";

const CASES: readonly [title: string, config: object, input: string, output: string][] = [
  ["what is exactly the last kept reading again is dropped", {}, "20 20 20.01 20.01 20", "20 . 20.01 . 20"],
  ["a change of quality passes", {}, "20 20? 20? 20! 20", "20 20? . 20! 20"],
  ["silence ends after the heartbeat", { heartbeat: "3s" }, "20 20 20 20 20", "20 . . 20 ."],
  ["0 and -0 are the same", {}, "0 -0 0", "0 . ."],
];

test.each(CASES)("%s", (_title, config, input, output) => {
  expect(runTrace(openFilter(change, config), input).trace).toBe(output);
});

test("a clock that was set back cannot mute a series", () => {
  const filter = openFilter(change, {});
  runTrace(filter, "20 20");
  expect(runTrace(filter, "20 20", epochMicros(TRACE_START - 60 * MICROS_PER_SECOND)).trace).toBe("20 .");
});

test("the series becomes one of changes with a heartbeat of 5 minutes", () => {
  expect(change.sampling?.(change.config.parse({}), EVERY_SECOND)).toEqual({
    kind: "on_change",
    period: MICROS_PER_SECOND,
    heartbeat: 5 * MICROS_PER_MINUTE,
  });
});

test("it keeps what a deadband of width 0 keeps", () => {
  const kept = (list: ReturnType<typeof outcomes>) => list.map((outcome) => "keep" in outcome);
  fc.assert(
    fc.property(readings(FEW), (list) => {
      const [a, b] = [openFilter(change, { heartbeat: "7s" }), openFilter(deadband, { width: 0, heartbeat: "7s" })];
      expect(kept(outcomes(a, list))).toEqual(kept(outcomes(b, list)));
    }),
  );
});

describe("a config is refused", () => {
  test.each([{ heartbeat: 5 }, { width: 0 }])("%j", (config) => {
    expect(change.config.safeParse(config).success).toBe(false);
  });
});
