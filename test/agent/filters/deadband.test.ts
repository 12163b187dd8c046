import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deadband } from "../../../agent/filters/deadband.ts";
import { MICROS_PER_MINUTE, MICROS_PER_SECOND, micros } from "../../../protocol/index.ts";
import { EVERY_SECOND, openFilter, readTrace, runTrace, TRACE_START } from "../../support/traces.ts";

const CASES: readonly [title: string, config: object, input: string, output: string][] = [
  ["a reading that moved less than the width is dropped", { width: 1 }, "20 20.6 21.2", "20 . 21.2"],
  ["a move of exactly the width is dropped", { width: 1 }, "20 21 19 21.5", "20 . . 21.5"],
  ["a slow drift cannot hide, for the last kept reading counts", { width: 1 }, "20 20.4 20.8 21.2 21.6", "20 . . 21.2 ."],
  ["a width of 0 drops repeats alone", { width: 0 }, "20 20 20.01 20.01 20", "20 . 20.01 . 20"],
  ["percent is of the last kept value, whatever its sign", { percent: 10 }, "-100 -109 -111 -101", "-100 . -111 ."],
  ["any move passes a percentage of 0", { percent: 10 }, "0 0 0.001", "0 . 0.001"],
  ["a change of quality always passes", { width: 1 }, "20 20? 20? 20! 20", "20 20? . 20! 20"],
  ["silence ends after the heartbeat", { width: 1, heartbeat: "3s" }, "20 20 20 20 20 20 20", "20 . . 20 . . 20"],
  ["a hole counts as silence too", { width: 1, heartbeat: "3s" }, "20 20 _ _ 20 20", "20 . _ _ 20 ."],
];

test.each(CASES)("%s", (_title, config, input, output) => {
  expect(runTrace(openFilter(deadband, config), input).trace).toBe(output);
});

test("a clock that was set back cannot mute a series", () => {
  const filter = openFilter(deadband, { width: 1, heartbeat: "5m" });
  runTrace(filter, "20 20");
  expect(runTrace(filter, "20 20", (TRACE_START - 60 * MICROS_PER_SECOND) as typeof TRACE_START).trace).toBe("20 .");
});

test("the series becomes one of changes with a heartbeat of 5 minutes", () => {
  expect(deadband.sampling?.(deadband.config.parse({ width: 1 }), EVERY_SECOND)).toEqual({
    kind: "on_change",
    period: MICROS_PER_SECOND,
    heartbeat: micros(5 * MICROS_PER_MINUTE),
  });
});

describe("a config is refused", () => {
  test.each([
    {},
    { width: -1 },
    { width: 1, percent: 1 },
    { percent: 0 },
    { width: 1, heartbeat: 5 },
    { width: 1, heartbeats: "5m" },
    { width: "1" },
  ])("%j", (config) => {
    expect(deadband.config.safeParse(config).success).toBe(false);
  });
});

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 100 });

test("what is kept tells every reading to within the width", () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1e6, noNaN: true }), (list, width) => {
      const filter = openFilter(deadband, { width, heartbeat: "7s" });
      let held = Number.NaN;
      let silence = 0;
      for (const each of readTrace(list.join(" "))) {
        if (each === undefined) continue;
        const outcome = filter.apply(each);
        if ("keep" in outcome) held = outcome.keep.value;
        silence = "keep" in outcome ? 0 : silence + 1;
        expect(Math.abs(each.value - held)).toBeLessThanOrEqual(width);
        expect(silence).toBeLessThan(7);
      }
    }),
  );
});

test("a restart anywhere changes nothing", () => {
  fc.assert(
    fc.property(values, fc.array(fc.nat(100)), (list, restarts) => {
      const plain = openFilter(deadband, { width: 1e5, heartbeat: "7s" });
      let restarted = openFilter(deadband, { width: 1e5, heartbeat: "7s" });
      readTrace(list.join(" ")).forEach((each, index) => {
        if (restarts.includes(index)) {
          const saved = restarted.save?.();
          restarted = openFilter(deadband, { width: 1e5, heartbeat: "7s" });
          if (saved !== undefined) restarted.restore?.(JSON.parse(JSON.stringify(saved)));
        }
        expect(each && restarted.apply(each)).toEqual(each && plain.apply(each));
      });
    }),
  );
});
