import fc from "fast-check";
import { expect, test } from "vitest";
import { backOff } from "../../../agent/sampling/back-off.ts";
import { planSampling, sealGrids } from "../../../agent/sampling/plan.ts";
import { turnAfter, turnAtOrBefore } from "../../../agent/sampling/turns.ts";
import { simulated } from "../../../agent/sensors/simulated.ts";
import { MICROS_PER_MINUTE, MICROS_PER_SECOND, micros } from "../../../protocol/index.ts";
import { agentConfig, channel, polled, scripted, sensor } from "../../support/sampling.ts";

const driver = scripted(() => polled(async () => ({ values: {} }), "own"));
const plan = (...filters: Record<string, unknown>[]) =>
  planSampling(agentConfig([sensor("air", driver, { channels: [channel("t", filters)] })]));

test("series are numbered by sensor and channel, in the order of the config", () => {
  const { catalog, sensors } = planSampling(
    agentConfig([sensor("a", driver, { channels: [channel("t"), channel("rh")] }), sensor("b", driver, { channels: [channel("t")] })]),
  );
  expect(catalog.map((spec) => `${spec.sensor}/${spec.channel}`)).toEqual(["a/t", "a/rh", "b/t"]);
  expect(sensors.map(({ channels }) => channels.map(({ series }) => series))).toEqual([[0, 1], [2]]);
  expect(sensors[1]?.channels[0]?.id).toBe("greenhouse-1/b/t");
});

test("the catalog tells how a series is sampled after all its filters", () => {
  expect(plan().catalog[0]).toMatchObject({ sampling: "periodic", period: MICROS_PER_SECOND, heartbeat: 0, calibration: 0 });
  expect(plan({ deadband: { width: 1, heartbeat: "1m" } }).catalog[0]).toMatchObject({
    sampling: "on_change",
    period: MICROS_PER_SECOND,
    heartbeat: MICROS_PER_MINUTE,
  });
  expect(plan({ aggregate: { every: "1m" } }).catalog[0]).toMatchObject({ sampling: "periodic", period: MICROS_PER_MINUTE });
});

test("a replay has the period of its steps, from which the report knows how much of an hour is covered", () => {
  const options = simulated.config.parse({ profile: "boiler", replay: { from: "now-1h", for: "1h", step: "1m" } });
  const channels = simulated.channels(options).map((spec) => ({ ...spec, filters: [] }));
  const [first] = planSampling(agentConfig([{ name: "past", driver: simulated, options, stamp: "exact", channels }])).catalog;
  expect(first).toMatchObject({ sampling: "periodic", period: MICROS_PER_MINUTE });
});

test("the catalog tells unit and kind after all filters, each of which knows what comes into it", () => {
  expect(plan().catalog[0]).toMatchObject({ unit: "Cel", kind: "gauge" });
  expect(plan({ convert: { to: "°F" } }, { convert: { to: "K" } }).catalog[0]).toMatchObject({ unit: "K", kind: "gauge" });
  expect(plan({ rate: { per: "h" } }).catalog[0]).toMatchObject({ unit: "K/h", kind: "gauge" });
  expect(plan({ map: { bins: [20] } }, { change: {} }).catalog[0]).toMatchObject({ unit: "1", kind: "state", sampling: "on_change" });
});

test("a filter is told that a channel is a difference of temperatures", () => {
  const warmer = { ...channel("t", [{ convert: { to: "°F" } }]), unit: "K", isDifference: true } as const;
  const { catalog } = planSampling(agentConfig([sensor("air", driver, { channels: [warmer] })]));
  expect(catalog[0]).toMatchObject({ unit: "[degR]" });
});

test("a window holds a value for two periods and a heartbeat of what comes into it", () => {
  expect(plan().windows).toEqual([undefined]);
  expect(plan({ aggregate: { every: "1m" } }).windows).toEqual([{ every: MICROS_PER_MINUTE, hold: 2 * MICROS_PER_SECOND }]);
  expect(plan({ deadband: { width: 1, heartbeat: "10s" } }, { aggregate: { every: "1m" } }).windows).toEqual([
    { every: MICROS_PER_MINUTE, hold: 12 * MICROS_PER_SECOND },
  ]);
});

test("the spool is told each sensor's grid, and the windows it makes where the clock was not trusted", () => {
  const { channels, ...exact } = sensor("b", driver, { stamp: "exact" });
  const both = planSampling(
    agentConfig([
      sensor("a", driver, { channels: [channel("t"), channel("rh", [{ aggregate: { every: "1m" } }])] }),
      { ...exact, channels },
    ]),
  );
  expect(sealGrids(both)).toEqual([
    {
      sensor: "a",
      every: MICROS_PER_SECOND,
      phase: both.sensors[0]?.phase,
      windows: [{ series: 1, every: MICROS_PER_MINUTE, hold: 2 * MICROS_PER_SECOND }],
    },
    { sensor: "b", every: undefined, phase: 0, windows: [] },
  ]);
});

test("the calibration version follows the numbers that calibrate, and nothing else", () => {
  const version = (...filters: Record<string, unknown>[]) => plan(...filters).catalog[0]?.calibration;
  const first = version({ calibrate: { offset: 1 } });
  expect(first).toBeGreaterThan(0);
  expect(version({ calibrate: { offset: 1 } }, { range: { max: 3 } })).toBe(first);
  expect(version({ calibrate: { offset: 2 } })).not.toBe(first);
});

const span = fc.integer({ min: 1, max: 900 * MICROS_PER_SECOND }).map(micros);
const instant = fc.integer({ min: 0, max: 1e13 }).map(micros);

test("turns lie `every` apart on the grid, whatever the offset", () => {
  fc.assert(
    fc.property(instant, span, fc.nat(), fc.integer({ min: 0, max: 2e15 }), (now, every, spread, offset) => {
      const grid = { every, phase: micros(spread % every), offset };
      const [last, next] = [turnAtOrBefore(now, grid), turnAfter(now, grid)];
      expect(last).toBeLessThanOrEqual(now);
      expect(next).toBeGreaterThan(now);
      expect(next - last).toBe(every);
      expect((next + offset) % every).toBe(grid.phase);
    }),
  );
});

test("a back-off lies between 1 and 60 seconds, and grows on the average", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, fraction) => {
        const wait = backOff(failures, { fraction: () => fraction, bytes: (count) => new Uint8Array(count) });
        expect(wait).toBeGreaterThanOrEqual(MICROS_PER_SECOND);
        expect(wait).toBeLessThanOrEqual(Math.min(60, 2 ** failures) * MICROS_PER_SECOND);
      },
    ),
  );
});
