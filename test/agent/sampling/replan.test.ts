import { describe, expect, test } from "vitest";
import type { SensorConfig } from "../../../agent/config/config.ts";
import { planSampling } from "../../../agent/sampling/plan.ts";
import type { Driver } from "../../../agent/sensors/contract.ts";
import { Fault, micros } from "../../../protocol/index.ts";
import { agentConfig, type Bench, bench, channel, isBalanced, listJournal, polled, scripted, sensor } from "../../support/sampling.ts";

const SECOND = 1_000_000;

/** A sensor that counts its reads, and how often it was opened and closed. */
function counting(name: string, more: Partial<SensorConfig> = {}) {
  const calls = { opened: 0, closed: 0, read: 0 };
  const driver = scripted(() =>
    polled(async () => ({ values: { t: ++calls.read } }), name, {
      open: async () => void calls.opened++,
      close: async () => void calls.closed++,
    }),
  );
  const entry = (changes: Partial<SensorConfig> = {}): SensorConfig => {
    const all = { ...more, ...changes };
    return sensor(name, driver, { written: JSON.stringify([name, all]), ...all });
  };
  return { calls, entry };
}

const replan = (started: Bench, sensors: readonly SensorConfig[]) => started.sampler.replan(planSampling(agentConfig(sensors)));

/** Values by sensor, told from the catalog that was in force when each was committed. */
function valuesOf({ journal }: Bench, catalogs: readonly (readonly string[])[]): Record<string, number[]> {
  const values: Record<string, number[]> = {};
  for (const [index, { frames }] of journal.commits.entries()) {
    const names = catalogs[journal.catalogs[index] ?? 0] ?? [];
    for (const { series, values: found } of frames.flatMap(({ columns }) => columns)) {
      const name = names[series] ?? "?";
      values[name] = [...(values[name] ?? []), ...found];
    }
  }
  return values;
}

describe("another plan", () => {
  test("leaves a sensor alone that stays the same: it loses no reading, and is counted at its new place in the catalog", async () => {
    const [air, soil] = [counting("air"), counting("soil")];
    const started = bench([air.entry()]);
    started.sampler.start();
    await started.time.advance(3.5 * SECOND); // something is taken and not committed yet
    expect(await replan(started, [soil.entry(), air.entry()])).toEqual({ added: ["soil"], removed: [], changed: [], kept: ["air"] });
    await started.time.advance(3 * SECOND);
    await started.sampler.stop();
    expect(valuesOf(started, [["air"], ["soil", "air"]])).toEqual({ air: [1, 2, 3, 4, 5, 6], soil: [1, 2, 3] });
    expect([air.calls.opened, air.calls.closed]).toEqual([1, 1]);
    expect(isBalanced(started.journal)).toBe(true);
  });

  test("stops a sensor that left, keeps its counters, and opens one anew that changed", async () => {
    const [air, soil] = [counting("air"), counting("soil")];
    const started = bench([air.entry(), soil.entry()]);
    started.sampler.start();
    await started.time.advance(2 * SECOND);
    expect(await replan(started, [soil.entry({ every: micros(2 * SECOND) })])).toEqual({
      ...{ added: [], removed: ["air"], changed: ["soil"], kept: [] },
    });
    await started.time.advance(4 * SECOND);
    await started.sampler.stop();
    expect(air.calls).toEqual({ opened: 1, closed: 1, read: 2 });
    expect(soil.calls).toMatchObject({ opened: 2, read: 4 });
    const { air: gone, soil: stayed } = started.sampler.tallies();
    expect([gone?.read, stayed?.read]).toEqual([2, 4]);
    expect(isBalanced(started.journal)).toBe(true);
  });

  test("carries the state of filters over to a sensor that changed elsewhere, and gives up a window that nobody continues", async () => {
    const filters = [{ deadband: { width: 100, heartbeat: "1h" } }];
    const air = counting("air", { channels: [channel("t", filters)] });
    const soil = counting("soil", { channels: [channel("t", [{ aggregate: { every: "1m" } }])] });
    const started = bench([air.entry(), soil.entry()]);
    started.sampler.start();
    await started.time.advance(3 * SECOND);
    await replan(started, [air.entry({ offset: micros(5_000) })]);
    await started.time.advance(3 * SECOND);
    await started.sampler.stop();
    const { air: kept, soil: gone } = started.sampler.tallies();
    expect(kept).toMatchObject({ read: 6, filtered: { inside_deadband: 5 } });
    expect(gone).toMatchObject({ read: 3, inWindow: 0, dropped: { config_changed: 3 } });
    expect(isBalanced(started.journal)).toBe(true);
  });

  test("counts what a sensor that left had taken last where the spool refuses it", async () => {
    const air = counting("air");
    const never = () => new Promise<never>(() => {});
    const silent = scripted(() => ({ shape: "stream", bus: "wire", open: async () => {}, next: never, close: async () => {} }));
    const wire = sensor("wire", silent, { written: "wire" });
    const started = bench([air.entry(), wire], { commitEvery: micros(60 * SECOND) });
    started.sampler.start();
    await started.time.advance(5 * SECOND);
    started.journal.fault = new Fault("spool_full", "no room");
    await replan(started, [wire]);
    started.journal.fault = undefined;
    await started.sampler.stop();
    expect(started.sampler.tallies().air).toMatchObject({ read: 5, dropped: { spool_full: 5 } });
    expect(isBalanced(started.journal)).toBe(true);
  });

  test("changes nothing where its catalog cannot be kept", async () => {
    const [air, soil] = [counting("air"), counting("soil")];
    const journal = listJournal();
    const started = bench([air.entry()], { journal });
    started.sampler.start();
    await started.time.advance(SECOND);
    journal.catalogFault = new Fault("disk_full", "no room");
    await expect(replan(started, [soil.entry()])).rejects.toMatchObject({ code: "disk_full" });
    await started.time.advance(2 * SECOND);
    await started.sampler.stop();
    expect([air.calls.read, soil.calls.opened]).toEqual([3, 0]);
  });

  test("does not wait for a call that hangs", async () => {
    const hanging = scripted((): Driver => polled(() => new Promise(() => {}), "hung"));
    const air = counting("air");
    const started = bench([sensor("hung", hanging), air.entry()]);
    started.sampler.start();
    await started.time.advance(SECOND);
    expect(await replan(started, [air.entry()])).toMatchObject({ removed: ["hung"], kept: ["air"] });
    await started.time.advance(SECOND);
    expect(air.calls.read).toBe(2);
    await started.sampler.stop();
  });
});
