/**
 * Faults judged from outside: by the truth beside each row, by counting, and by asking for the same in other ways.
 */
import { writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  epochMicros,
  isFault,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  micros,
} from "../../protocol/index.ts";
import {
  FAULTS,
  faultArgument as faultOf,
  faultySensor,
  loadScript,
  type PlannedFault,
  type Telling,
} from "../../simulators/faults/index.ts";
import { profileOf, simulatedSensor } from "../../simulators/waveforms/index.ts";
import { tempDir } from "../support/temp-dir.ts";

const FROM = 1_793_491_200_000_000; // 2026-11-01T00:00:00Z
const STEP = 10 * MICROS_PER_SECOND;

const faultArgument = (text: string) => faultOf(text, FAULTS);

function arrivals(faults: readonly string[], options = {}): Telling[] {
  return arrivalsOf(faults.map(faultArgument), options);
}

function arrivalsOf(
  plan: readonly PlannedFault[],
  {
    seed = 1,
    hours = 24,
    from = FROM,
    profile = "greenhouse",
    step = STEP,
  }: Partial<Record<"seed" | "hours" | "from" | "step", number>> & { profile?: string } = {},
): Telling[] {
  const circumstances = { seed, first: epochMicros(FROM), now: epochMicros(FROM), step: micros(step) };
  const sensor = faultySensor(simulatedSensor(profileOf(profile), seed), plan, circumstances);
  const count = (hours * MICROS_PER_HOUR) / step;
  return Array.from({ length: count }, (_, index) => sensor.arrivalsAt(epochMicros(from + index * step))).flat();
}

const isFaulty = ({ faults }: Telling) => faults.length > 0;
const RATES = FAULTS.map(({ name, lasts }) => `${name}=0.05${lasts === undefined ? "" : ",for=10m"}`);

describe.each(FAULTS.map((kind) => [kind.name, kind] as const))("the fault %s", (name, kind) => {
  const asked = `${name}=0.05${kind.lasts === undefined ? "" : ",for=10m"}`;

  test("says the same for one seed, whatever was asked before and in whatever parts", () => {
    const night = arrivals([asked], { hours: 8 });
    const parts = [...arrivals([asked], { hours: 3 }), ...arrivals([asked], { hours: 5, from: FROM + 3 * MICROS_PER_HOUR })];
    expect(isDeepStrictEqual(parts, night)).toBe(true);
    expect(isDeepStrictEqual(arrivals([asked], { hours: 8, seed: 2 }), night)).toBe(false);
  });

  test("concerns the share of readings that was asked for, and no other reading", () => {
    const weeks = arrivals([asked], { hours: 14 * 24, step: MICROS_PER_MINUTE });
    const all = 14 * 24 * 60;
    const channels = kind.isOfChannels === true ? 5 : 1;
    const silent = all - weeks.filter(({ faults }) => !faults.includes("duplicate")).length;
    const marked = weeks.flatMap(({ faults }) => faults).length;
    const share = (silent + marked) / (all * channels);
    expect(share, `${silent} silent, ${marked} marked of ${all}`).toBeGreaterThan(0.045);
    expect(share).toBeLessThan(0.055);
    expect(weeks.filter((row) => row.faults.length === 0 && !isTrue(row))).toEqual([]);
  });
});

function isTrue({ at, trueAt, values, truth, lateBy }: Telling): boolean {
  return at === trueAt && lateBy === 0 && isDeepStrictEqual(values, truth);
}

const bySensor = (faults: readonly string[], options = {}) => arrivals(faults, options).filter(isFaulty);

describe("what a fault does", () => {
  test("a spike is a value inside the range and far from the truth; a state shows the other state", () => {
    for (const { values, truth, faults } of bySensor(["spike=0.01"])) {
      for (const channel of faults.map((label) => label.split(":")[1] ?? "")) {
        const [min, max] = profileOf("greenhouse").channels.find(({ name }) => name === channel)?.range ?? [0, 0];
        const [value, true_] = [values[channel] ?? Number.NaN, truth[channel] ?? Number.NaN];
        expect(value).toBeGreaterThanOrEqual(min);
        expect(value).toBeLessThanOrEqual(max);
        expect(Math.abs(value - true_)).toBeGreaterThan(0.19 * (max - min));
        if (channel === "door") expect(value).toBe(1 - true_);
      }
    }
  });

  test("a value out of range is out of it, or the one that was asked for", () => {
    const own = bySensor(["out_of_range=0.01,channels=temperature"]).map(({ values }) => values.temperature ?? 0);
    expect(own.length).toBeGreaterThan(50);
    expect(own.filter((value) => value >= -10 && value <= 50)).toEqual([]);
    const fixed = bySensor(["out_of_range=0.01,channels=temperature,value=-127"]).map(({ values }) => values.temperature);
    expect(new Set(fixed)).toEqual(new Set([-127]));
  });

  test("stuck repeats one value for as long as was asked, in that channel alone", () => {
    const rows = bySensor(["stuck=0.1,for=20m,channels=temperature"]);
    const values = new Set(rows.map(({ values }) => values.temperature));
    expect(rows.length / values.size).toBeGreaterThan(100); // 120 rows of 10 s each
    for (const { values, truth } of rows) expect(values.humidity).toBe(truth.humidity);
  });

  test("a dropout of one channel leaves the others; of all, the row", () => {
    for (const { values } of bySensor(["dropout=0.1,channels=light"]))
      expect(Object.keys(values)).toEqual(["temperature", "humidity", "soil_moisture", "door"]);
    expect(bySensor(["dropout=0.1"])).toEqual([]);
  });

  test("a duplicate is the same row again, right behind it, as often as was asked", () => {
    const rows = arrivals(["duplicate=0.01,times=3"]);
    const copies = rows.map((row, index) => ({ row, before: rows[index - 1] })).filter(({ row }) => isFaulty(row));
    expect(copies.length % 3).toBe(0);
    for (const { row, before } of copies) expect({ ...row, faults: [] }).toEqual({ ...before, faults: [] });
  });

  test("out of order loses nothing: each row comes once, at most so many rows late", () => {
    const rows = arrivals(["out_of_order=0.2,by=3"], { from: FROM });
    const inside = rows.filter(({ trueAt }) => trueAt >= FROM && trueAt < FROM + MICROS_PER_DAY - 3 * STEP).map(({ trueAt }) => trueAt);
    expect(inside.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 8_640 - 3 }, (_, index) => FROM + index * STEP));
    expect(inside).not.toEqual(inside.toSorted((a, b) => a - b));
    expect(new Set(rows.map(({ lateBy }) => lateBy))).toEqual(new Set([0, 1, 2, 3]));
  });

  test("a step is an hour to either side, a skew grows, 1970 is the beginning of time", () => {
    const offsets = (fault: string) => bySensor([fault]).map(({ at, trueAt }) => at - trueAt);
    expect(new Set(offsets("clock_step=0.2,for=10m"))).toEqual(new Set([MICROS_PER_HOUR, -MICROS_PER_HOUR]));
    const skews = arrivals(["clock_skew=1,for=1d,gain=-0.01"], { hours: 48 }).map(({ at, trueAt }) => at - trueAt);
    expect(Math.min(...skews)).toBeGreaterThanOrEqual(-0.01 * MICROS_PER_DAY);
    expect(skews.filter((skew, index) => index > 0 && skew !== (skews[index - 1] ?? 0) - 0.01 * STEP).length).toBe(1); // put right once a day
    for (const { at } of bySensor(["clock_1970=0.1"])) expect(at).toBeLessThan(5 * 60 * MICROS_PER_SECOND);
  });

  test("a reboot is silence, and a counter counts from zero behind it, as fast as before", () => {
    const [first, ...rest] = arrivalsOf([faultArgument("reboot,after=1h,for=5m")], { profile: "boiler" }).filter(isFaulty);
    expect(first?.trueAt).toBe(FROM + MICROS_PER_HOUR + 5 * 60 * MICROS_PER_SECOND);
    expect(first?.values.gas).toBe(0);
    const offset = (first?.truth.gas ?? 0) - 0;
    for (const { values, truth } of rest) expect(values.gas).toBeCloseTo((truth.gas ?? 0) - offset, 6);
  });

  test("a flat battery is noise that grows, and then silence", () => {
    const rows = arrivalsOf([faultArgument("flat_battery,after=1h,for=4h,channels=temperature")]);
    const noise = (hour: number) => {
      const part = rows.filter(({ trueAt }) => trueAt >= FROM + hour * MICROS_PER_HOUR && trueAt < FROM + (hour + 1) * MICROS_PER_HOUR);
      return part.length === 0
        ? undefined
        : Math.max(...part.map(({ values, truth }) => Math.abs((values.temperature ?? 0) - (truth.temperature ?? 0))));
    };
    const [before, early, late, silent, still, after] = [0, 1, 2, 3, 4, 5].map(noise);
    expect([before, silent, still, after]).toEqual([0, undefined, undefined, 0]);
    expect(early).toBeGreaterThan(0.5);
    expect(late).toBeGreaterThan(early ?? 0);
    expect(late).toBeLessThanOrEqual(3); // a twentieth of 60 degrees
  });
});

test("all faults together are still pure, and change nothing about the truth", () => {
  const whole = arrivals(RATES);
  const truth = new Map(arrivals([]).map(({ trueAt, values }) => [trueAt, values]));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 23 }), (cut) => {
      const [first, second] = [arrivals(RATES, { hours: cut }), arrivals(RATES, { hours: 24 - cut, from: FROM + cut * MICROS_PER_HOUR })];
      const rows = [...first, ...second];
      expect(rows.filter(({ trueAt, truth: told }) => trueAt >= FROM && !isDeepStrictEqual(told, truth.get(trueAt)))).toEqual([]);
      expect(isDeepStrictEqual(rows, whole)).toBe(true);
    }),
    { numRuns: 3 },
  );
});

describe("a script", () => {
  const write = async (text: string) => {
    const dir = await tempDir();
    await writeFile(dir.join("faults.yaml"), text);
    return { file: dir.join("faults.yaml"), [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
  };

  test("makes each fault happen when and where it says", async () => {
    await using script = await write(`faults:
  - { fault: stuck, at: "2026-11-01T06:00:00Z", for: 30m, channels: [humidity] }
  - { fault: spike, after: 2h, channels: [temperature], height: 9 }
  - { fault: dropout, at: 2026-11-01T12:00:00Z, for: 1h }
  - { fault: out_of_range, after: 20h, for: 1h, rate: 0.5, channels: [light] }
`);
    const rows = arrivalsOf(await loadScript(script.file));
    const hourOf = ({ trueAt }: Telling) => (trueAt - FROM) / MICROS_PER_HOUR;
    const having = (label: string) => rows.filter(({ faults }) => faults.includes(label));
    expect(having("stuck:humidity").map(hourOf)).toEqual(Array.from({ length: 180 }, (_, index) => 6 + index / 360));
    expect(having("spike:temperature").map((row) => [hourOf(row), (row.values.temperature ?? 0) - (row.truth.temperature ?? 0)])).toEqual([
      [2, expect.closeTo(9)],
    ]);
    expect(rows.filter((row) => hourOf(row) >= 12 && hourOf(row) < 13)).toEqual([]);
    expect(rows.length).toBe(8_640 - 360);
    expect(having("out_of_range:light").every((row) => hourOf(row) >= 20 && hourOf(row) < 21)).toBe(true);
    expect(Math.abs(having("out_of_range:light").length - 180)).toBeLessThan(60);
  });

  test.each([
    ["faults:\n  - { fault: spik, rate: 0.1 }\n", /faults.yaml:2:7 faults\[0\].fault: expected one of stuck, spike/],
    ["faults:\n  - { fault: reboot }\n", /faults.yaml:2:5 faults\[0\]: expected rate .* or at/],
    ["faults:\n  - { fault: stuck, rate: 0.1, for: 3 }\n", /:2:32 faults\[0\].for: expected a duration .*did you mean 3s\?/],
    ["faults:\n  - fault: duplicate\n    rate: 2\n    tims: 3\n", /:3:5 .*rate: expected a share[\s\S]*:4:5 .*did you mean "times"/],
  ])("that is wrong is refused with its line: %s", async (text, message) => {
    await using script = await write(text);
    await expect(loadScript(script.file)).rejects.toThrow(message);
  });
});

test.each([
  ["spike", /expected rate .* such as spike=0.001/],
  ["spik=0.1", /unknown fault; did you mean "spike"/],
  ["spike=2", /rate: expected a share of the readings/],
  ["spike=0.1,hight=3", /did you mean "height"/],
  ["duplicate=0.1,times=x", /times: expected 1 to 10 times/],
])("--fault %s is refused with what was expected", (text, message) => {
  expect(() => faultArgument(text)).toThrow(message);
  try {
    faultArgument(text);
  } catch (error) {
    expect(isFault(error, "bad_fault")).toBe(true);
  }
});
