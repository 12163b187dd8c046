import fc from "fast-check";
import { expect, test } from "vitest";
import { Latencies } from "../../../simulators/fleet/latencies.ts";
import { effort } from "../../support/effort.ts";

test("a quantile is that of the sorted list, to one percent", () => {
  const ms = fc.double({ min: 0.02, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(ms, { minLength: 1, maxLength: 200 }), fc.constantFrom(0.01, 0.5, 0.99, 1), (all, share) => {
      const latencies = new Latencies();
      for (const each of all) latencies.add(each);
      const sorted = [...all].sort((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(share * all.length)) - 1] as number;
      const found = latencies.quantile(share) as number;
      expect(found).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(found).toBeLessThanOrEqual(exact * 1.011);
    }),
    { numRuns: effort("fleet-latencies", { quick: 50, test: 200, prove: 2_000 }) },
  );
});

test("before the first there is none, and what is out of all bounds is counted at the border", () => {
  const latencies = new Latencies();
  expect(latencies.quantile(0.5)).toBeNull();
  latencies.add(0);
  latencies.add(1e12);
  expect(latencies.quantile(0.5)).toBeCloseTo(0.01);
  expect(latencies.quantile(1)).toBeGreaterThan(1e7);
});
