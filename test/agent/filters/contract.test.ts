/**
 * What every filter keeps, whatever it is for: shown with the samples of the README, so that a new filter is in it
 * as soon as it is described.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FilterKind, Measure, Outcome, Shape } from "../../../agent/filters/contract.ts";
import { FILTERS } from "../../../agent/filters/registry.ts";
import { epochMicros } from "../../../protocol/index.ts";
import { sectionsOf } from "../../support/plug-in-readme.ts";
import { DEGREES, EVERY_SECOND, openFilter, TRACE_SERIES } from "../../support/traces.ts";
import { FEW, outcomes, outcomesWithRestarts, readings } from "./restarts.ts";

/** A channel that this filter can stand in. */
const MEASURES: readonly Measure[] = [DEGREES, { unit: "J", kind: "counter" }, { unit: "deg", kind: "angle" }];

interface Sample {
  readonly name: string;
  readonly config: unknown;
  readonly shape: Shape;
}

const sections = (await sectionsOf("agent/filters/README.md")).filter(({ name }) => name !== "derive"); // which is a channel

const SAMPLES: readonly Sample[] = sections.flatMap(({ samples }) =>
  samples.flatMap((sample) => Object.entries(sample).map(([name, options]) => asSample(name, options ?? {}))),
);

function asSample(name: string, config: object): Sample {
  const kind = kindOf(name);
  const parsed = kind.config.parse(config);
  const measure = MEASURES.find((each) => !("refuse" in (kind.measure?.(parsed, each) ?? each))) ?? DEGREES;
  return { name, config, shape: { sampling: EVERY_SECOND, measure } };
}

function kindOf(name: string): FilterKind {
  const kind = FILTERS[name];
  if (kind === undefined) throw new Error(`the README has a sample of ${name}, which is not in the registry`);
  return kind;
}

describe.each(SAMPLES)("$name $config", ({ name, config, shape }) => {
  const kind = kindOf(name);
  const all = fc.oneof(readings(), readings(FEW));

  test("makes no number that is not finite, and changes neither series nor instant", () => {
    fc.assert(
      fc.property(all, (list) => {
        outcomes(openFilter(kind, config, shape), list).forEach((outcome, index) => {
          if (!("keep" in outcome)) return;
          expect(Number.isFinite(outcome.keep.value)).toBe(true);
          expect(outcome.keep).toMatchObject({ series: TRACE_SERIES, at: list[index]?.at });
        });
      }),
    );
  });

  test("gives its reason in words that can be counted", () => {
    fc.assert(
      fc.property(all, (list) => {
        for (const outcome of outcomes(openFilter(kind, config, shape), list)) {
          const reason = "drop" in outcome ? outcome.drop : "keep" in outcome ? outcome.mark : undefined;
          if (reason !== undefined) expect(reason).toMatch(/^[a-z]+(_[a-z]+)*$/);
        }
      }),
    );
  });

  test("never makes a quality better", () => {
    const order = ["good", "suspect", "bad"];
    fc.assert(
      fc.property(all, (list) => {
        outcomes(openFilter(kind, config, shape), list).forEach((outcome, index) => {
          const before = order.indexOf(list[index]?.quality ?? "");
          if ("keep" in outcome) expect(order.indexOf(outcome.keep.quality)).toBeGreaterThanOrEqual(before);
        });
      }),
    );
  });

  test("goes on after a restart anywhere as if nothing had happened", () => {
    fc.assert(
      fc.property(all, fc.array(fc.nat(60)), (list, restarts) => {
        const plain = outcomes(openFilter(kind, config, shape), list);
        expect(outcomesWithRestarts(kind, config, list, new Set(restarts), shape)).toEqual(plain);
      }),
    );
  });

  test("makes the same of readings whose clock is set among them, if it goes by spans and is told", () => {
    fc.assert(
      fc.property(all, fc.nat(60), fc.integer({ min: -1e9, max: 2e15 }), (list, from, by) => {
        const filter = openFilter(kind, config, shape);
        if (filter.shift === undefined) return;
        const made = list.map((each, index) => {
          if (index === from) filter.shift?.(by);
          return filter.apply(index < from ? each : { ...each, at: epochMicros(each.at + by) });
        });
        const plain = outcomes(openFilter(kind, config, shape), list);
        expect(made.map(withoutInstant)).toEqual(plain.map(withoutInstant));
      }),
    );
  });

  test("changes no reading that it was given", () => {
    fc.assert(
      fc.property(all, (list) => {
        const copy = structuredClone(list);
        outcomes(openFilter(kind, config, shape), list);
        expect(list).toEqual(copy);
      }),
    );
  });

  test("says how the channel is sampled and what it measures after it", () => {
    const parsed = kind.config.parse(config);
    const after = kind.sampling?.(parsed, EVERY_SECOND) ?? EVERY_SECOND;
    expect(["periodic", "on_change"]).toContain(after.kind);
    expect(after.period).toBeGreaterThanOrEqual(EVERY_SECOND.period);
    const measure = kind.measure?.(parsed, shape.measure);
    expect(measure ?? shape.measure).toMatchObject({
      unit: expect.stringMatching(/^[!-~]{1,32}$/),
      kind: expect.any(String),
    });
  });
});

function withoutInstant(outcome: Outcome): object {
  return "keep" in outcome ? { ...outcome, keep: { ...outcome.keep, at: undefined } } : outcome;
}

/** Filters that thin out, or that look at other readings too: none may hide that a sensor has become doubtful. */
test.each(SAMPLES.filter(({ name }) => ["change", "deadband", "hampel", "lowpass", "median", "throttle"].includes(name)))(
  "$name $config lets a change of quality pass at once",
  ({ name, config, shape }) => {
    fc.assert(
      fc.property(readings(FEW), (list) => {
        const results = outcomes(openFilter(kindOf(name), config, shape), list);
        list.forEach(({ quality }, index) => {
          const before = list[index - 1];
          if (before === undefined || before.quality === quality) return;
          const outcome = results[index];
          const isOutlier = outcome !== undefined && "drop" in outcome && outcome.drop === "outlier"; // judged by its own value
          if (!isOutlier) expect(outcome).toMatchObject({ keep: { quality: expect.any(String) } });
        });
      }),
    );
  },
);
