/**
 * restarts: readings with every kind of trouble in them, and a filter that is killed and started again among them.
 */
import fc from "fast-check";
import type { Filter, FilterKind, Outcome, Shape } from "../../../agent/filters/contract.ts";
import { epochMicros, QUALITIES, type Reading, reading } from "../../../protocol/index.ts";
import { openFilter, TRACE_SERIES, TRACE_START } from "../../support/traces.ts";

/** Readings whose clock stands still, steps forth and steps back, of all qualities, with values a double can hold. */
export function readings(values: fc.Arbitrary<number> = fc.double({ noNaN: true, noDefaultInfinity: true })): fc.Arbitrary<Reading[]> {
  const step = fc.oneof({ weight: 6, arbitrary: fc.constant(1_000) }, fc.integer({ min: -5_000, max: 20_000 }), fc.constant(0));
  const quality = fc.oneof({ weight: 4, arbitrary: fc.constant("good" as const) }, fc.constantFrom(...QUALITIES));
  return fc.array(fc.tuple(step, values, quality), { maxLength: 60 }).map((steps) => {
    let ms = 0;
    return steps.map(([step, value, quality]) => {
      ms += step;
      return reading(TRACE_SERIES, epochMicros(TRACE_START + ms * 1_000), value, quality);
    });
  });
}

/** Values that come again and again, as those of a sensor with few decimals do. */
export const FEW = fc.integer({ min: -20, max: 20 }).map((tenths) => tenths / 10);

export function outcomes(filter: Filter, list: readonly Reading[]): readonly Outcome[] {
  return list.map((each) => filter.apply(each));
}

/** What each reading becomes where the filter is saved as JSON, thrown away and started anew before some of them. */
export function outcomesWithRestarts(
  kind: FilterKind,
  config: unknown,
  list: readonly Reading[],
  restarts: ReadonlySet<number>,
  shape: Partial<Shape> = {},
): readonly Outcome[] {
  let filter = openFilter(kind, config, shape);
  return list.map((each, index) => {
    if (restarts.has(index)) filter = restarted(kind, config, filter, shape);
    return filter.apply(each);
  });
}

function restarted(kind: FilterKind, config: unknown, before: Filter, shape: Partial<Shape>): Filter {
  const filter = openFilter(kind, config, shape);
  const saved: unknown = JSON.parse(JSON.stringify({ state: before.save?.() })).state;
  if (saved !== undefined && saved !== null) filter.restore?.(saved);
  return filter;
}
