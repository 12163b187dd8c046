/**
 * Derived channels as a user writes them: through the config, the plan and a real sampler.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SensorConfig } from "../../../agent/config/config.ts";
import { settleDerived } from "../../../agent/config/derived.ts";
import type { Sample } from "../../../agent/sensors/contract.ts";
import { epochMicros, micros, type Problem } from "../../../protocol/index.ts";
import { account, bench, channel, committed, isBalanced, listJournal, polled, scripted, sensor } from "../../support/sampling.ts";

const SECOND = 1_000_000;

interface Written {
  readonly name: string;
  readonly formula: string;
  readonly of: (string | number)[] | Record<string, string | number>;
  readonly max_age?: number;
  readonly filters?: readonly Record<string, unknown>[];
}

/** Sensors with derived channels; those of the sensor called `air` are written here. */
function settle(sensors: readonly SensorConfig[], written: readonly Written[]) {
  const drafts = written.map(({ name, formula, of, max_age, filters = [] }) => {
    const derive = { formula, of, ...(max_age !== undefined && { max_age: micros(max_age) }) };
    return { name, derive, filters: channel(name, filters).filters };
  });
  return settleDerived(sensors.map((each) => ({ ...each, drafts: each.name === "air" ? drafts : [] })));
}

function made(sensors: readonly SensorConfig[], ...written: readonly Written[]): readonly SensorConfig[] {
  const { sensors: settled, problems } = settle(sensors, written);
  expect(problems).toEqual([]);
  return settled;
}

const rh = (filters: readonly Record<string, unknown>[] = []) => ({ ...channel("rh", filters), unit: "%" });

/** A sensor that says these, one a second, over and over. */
function saying(name: string, samples: readonly Sample["values"][], channels = [channel("t"), rh()]): SensorConfig {
  let next = 0;
  const driver = scripted(() => polled(async () => ({ values: samples[next++ % samples.length] ?? {} }), name));
  return sensor(name, driver, { channels });
}

async function run(sensors: readonly SensorConfig[], seconds: number) {
  const { sampler, journal, time } = bench(sensors);
  sampler.start();
  await time.advance(seconds * SECOND);
  await sampler.stop();
  const values = (series: number) => committed(journal, series).map(([, value]) => value);
  return { values, journal, tally: (name: string) => sampler.tallies()[name] };
}

test("a derived channel has a reading at every instant of its sensor, and is counted as derived", async () => {
  const air = saying("air", [
    { t: 20, rh: 100 },
    { t: 25, rh: 50 },
  ]);
  const dew = { name: "dew", formula: "dew_point", of: { temperature: "t", humidity: "rh" }, filters: [{ round: { decimals: 1 } }] };
  const { values, journal, tally } = await run(made([air], dew), 4);
  expect(values(2)).toEqual([20, 13.9, 20, 13.9]);
  expect(committed(journal, 2).map(([at]) => at)).toEqual(committed(journal, 0).map(([at]) => at));
  expect(tally("air")).toMatchObject({ read: 8, derived: 4 });
  expect(isBalanced(journal)).toBe(true);
});

test("inputs are taken behind what corrects and judges them, and before what thins them out", async () => {
  const t = channel("t", [{ calibrate: { offset: 1 } }, { range: { max: 30 } }, { deadband: { width: 100 } }]);
  const air = saying(
    "air",
    [
      { t: 10, rh: 1 },
      { t: 11, rh: 1 },
      { t: 40, rh: 1 },
    ],
    [t, rh()],
  );
  const { values, journal } = await run(
    made([air], { name: "twice", formula: "product", of: ["rh", 2] }, { name: "both", formula: "max", of: ["t", "t"] }),
    3,
  );
  expect(values(0)).toEqual([11, 41]); // the second did not move, the third became bad
  expect(values(2)).toEqual([2, 2, 2]);
  expect(values(3)).toEqual([11, 12, 41]);
  const quality = journal.commits.flatMap(({ frames }) =>
    frames.flatMap(({ columns }) => columns.filter(({ series }) => series === 3).flatMap((each) => [...each.quality])),
  );
  expect(quality).toEqual([0, 0, 2]);
});

test("where one input is absent there is no reading, and it is counted; where all are, it is not its turn", async () => {
  const air = saying("air", [{ t: 20, rh: 50 }, { t: 20 }, {}, { rh: 50 }]);
  const { values, tally } = await run(made([air], { name: "dew", formula: "dew_point", of: { temperature: "t", humidity: "rh" } }), 4);
  expect(values(2)).toHaveLength(1);
  expect(tally("air")?.marked).toEqual({ input_missing: 2 });
});

test("a result that is no number is dropped and counted", async () => {
  const air = saying("air", [
    { t: 20, rh: 0 },
    { t: 20, rh: 50 },
  ]);
  const { values, journal, tally } = await run(
    made([air], { name: "dew", formula: "dew_point", of: { temperature: "t", humidity: "rh" } }),
    2,
  );
  expect(values(2)).toHaveLength(1);
  expect(tally("air")).toMatchObject({ derived: 2, dropped: { not_finite: 1 } });
  expect(isBalanced(journal)).toBe(true);
});

test("across sensors, the newest reading counts as long as it is not too old", async () => {
  let isBroken = false;
  const outside = sensor(
    "outside",
    scripted(() => polled(async () => ({ values: isBroken ? {} : { t: 5 } }), "o")),
    { every: micros(2 * SECOND) },
  );
  const sensors = made([outside, saying("air", [{ t: 20, rh: 50 }])], {
    name: "gap",
    formula: "difference",
    of: ["t", "outside/t"],
    max_age: 3 * SECOND,
  });
  const { sampler, journal, time } = bench(sensors);
  sampler.start();
  await time.advance(4 * SECOND);
  const before = committed(journal, 3).length;
  expect(before).toBeGreaterThanOrEqual(2);
  isBroken = true;
  await time.advance(10 * SECOND);
  await sampler.stop();
  const values = committed(journal, 3).map(([, value]) => value);
  expect(new Set(values)).toEqual(new Set([15]));
  expect(values.length).toBeLessThanOrEqual(8);
  expect(sampler.tallies().air?.marked.input_missing).toBeGreaterThanOrEqual(5);
  expect(isBalanced(journal)).toBe(true);
});

test("a difference of temperatures is converted as one", async () => {
  const air = saying("air", [{ t: 20, rh: 15 }], [channel("t"), channel("rh")]);
  const { values } = await run(
    made([air], { name: "gap", formula: "difference", of: ["t", "rh"], filters: [{ convert: { to: "°F" } }] }),
    1,
  );
  expect(values(2)).toEqual([9]);
});

test("a derived channel may be an input of the ones behind it", async () => {
  const air = saying("air", [{ t: 20, rh: 50 }]);
  const { values } = await run(
    made([air], { name: "twice", formula: "sum", of: ["rh", "rh"] }, { name: "more", formula: "sum", of: ["twice", 1] }),
    1,
  );
  expect([values(2), values(3)]).toEqual([[100], [101]]);
});

test("a kill between any two commits changes no derived reading of a stream", async () => {
  const total = 60;
  const stream = (name: string) =>
    scripted(() => {
      let next = 0;
      return {
        shape: "stream",
        bus: name,
        async open(cursor) {
          next = (cursor as number | undefined) ?? 0;
        },
        async next() {
          if (next >= total) return undefined;
          const samples = Array.from({ length: 5 }, (_, index) => ({
            at: epochMicros((next + index + 1) * SECOND),
            values: { t: next + index, rh: 50 },
          }));
          next += 5;
          return { samples, cursor: next };
        },
        async close() {},
      };
    });
  const { every: _, ...air } = sensor("air", stream("air"), { channels: [channel("t"), rh()] });
  const sensors = made([air], {
    name: "dew",
    formula: "dew_point",
    of: { temperature: "t", humidity: "rh" },
    filters: [{ median: { window: 5 } }],
  });
  const whole = bench(sensors);
  whole.sampler.start();
  await whole.sampler.finished;
  await fc.assert(
    fc.asyncProperty(fc.nat(3), async (kills) => {
      let journal = listJournal();
      for (let kill = 0; kill <= kills; kill += 1) {
        const survivor = listJournal(journal.saved);
        survivor.commits.push(...journal.commits);
        journal = survivor;
        const { sampler } = bench(sensors, { journal });
        sampler.start();
        if (kill === kills) await sampler.finished;
        await sampler.stop();
      }
      expect(committed(journal, 2)).toEqual(committed(whole.journal, 2));
      expect(account(journal)).toEqual(account(whole.journal));
    }),
    { numRuns: 10 },
  );
});

describe("what is written wrong is answered where it stands", () => {
  const air = saying("air", [{}]);
  const slow = sensor(
    "slow",
    scripted(() => polled(async () => ({ values: {} }), "s")),
    { every: micros(600 * SECOND) },
  );
  const MISTAKES: readonly [title: string, written: Written, problem: Problem][] = [
    [
      "a channel that is not there",
      { name: "d", formula: "sum", of: ["t", "rhh"] },
      { path: ["of", 1], message: 'expected a channel that is kept and stands before this one; did you mean "rh"?' },
    ],
    [
      "a unit that does not fit",
      { name: "d", formula: "dew_point", of: { temperature: "rh", humidity: "rh" } },
      { path: ["of", "temperature"], message: "dew_point needs what can be converted to Cel, and % cannot" },
    ],
    [
      "an input too few",
      { name: "d", formula: "dew_point", of: { temperature: "t" } },
      { path: ["of"], message: "dew_point also needs humidity" },
    ],
    [
      "an input that is misspelt",
      { name: "d", formula: "dew_point", of: { temperature: "t", humidty: "rh", humidity: "rh" } },
      { path: ["of", "humidty"], message: 'unknown input; did you mean "humidity"?' },
    ],
    [
      "a list where names are needed",
      { name: "d", formula: "dew_point", of: ["t", "rh"] },
      { path: ["of"], message: "expected a map with temperature, humidity" },
    ],
    [
      "names where a list is needed",
      { name: "d", formula: "sum", of: { a: "t" } },
      { path: ["of"], message: "expected a list of channels" },
    ],
    [
      "a sensor that is read too seldom",
      { name: "d", formula: "mean", of: ["t", "slow/t"] },
      { path: ["of", 1], message: "its sensor is read every 10m, and max_age is 1m: set max_age to at least that" },
    ],
    [
      "a channel made of itself",
      { name: "d", formula: "sum", of: ["rh", "d"] },
      { path: ["of", 1], message: expect.stringContaining("stands before this one") as unknown as string },
    ],
    [
      "numbers alone",
      { name: "d", formula: "sum", of: [1, 2] },
      { path: [], message: expect.stringContaining("needs a channel") as unknown as string },
    ],
  ];
  test.each(MISTAKES)("%s", (_title, written, { path, message }) => {
    expect(settle([air, slow], [written]).problems).toEqual([{ path: ["sensors", 0, "channels", "d", "derive", ...path], message }]);
  });

  test("a filter that cannot stand behind the formula", () => {
    const { problems } = settle([air], [{ name: "d", formula: "sum", of: ["rh", "rh"], filters: [{ convert: { to: "hPa" } }] }]);
    expect(problems).toMatchObject([{ path: ["sensors", 0, "channels", "d", "filters", 0, "convert", "to"] }]);
  });
});
