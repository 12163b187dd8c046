/**
 * Filters that remember, against plain computations over the whole series, on files as sensors wrote them: two climate
 * sensors, machine and traffic sensors with failures in them, a LoRa node. Each has a twin of generated data that always runs.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../agent/filters/contract.ts";
import { FILTERS } from "../../../agent/filters/registry.ts";
import { epochMicros, type Reading, reading, type Summary } from "../../../protocol/index.ts";
import { effort, limitMs } from "../../support/effort.ts";
import { needs } from "../../support/needs.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { openFilter, TRACE_SERIES } from "../../support/traces.ts";
import { type Fate, type Point, referenceDeadband, referenceHampel, referenceMedian, referenceWindows } from "./reference.ts";

type Row = Point & { readonly text: string };

/** Rows of one series; `prove` takes all of them. */
const ROWS = effort("filter-reference-rows", { quick: 2_000, test: 6_000, prove: 1_000_000 });

interface Source {
  readonly name: string;
  readonly decimals: number;
  /** What a deadband and the floor of hampel are set to. */
  readonly width: number;
  read(): readonly Row[];
}

const row = (at: number, text: string): Row => ({ at, value: Number(text), text });
const cut = (rows: readonly Row[]) => rows.slice(0, ROWS);
/** What a clock that was set back left behind would be windows that come twice: the reference knows none. */
function inOrder(rows: readonly Row[]): readonly Row[] {
  let newest = Number.NEGATIVE_INFINITY;
  return rows.filter(({ at }) => {
    if (at <= newest) return false;
    newest = at;
    return true;
  });
}

function table(file: string): readonly (readonly string[])[] {
  const text = file.endsWith(".xz")
    ? execFileSync("xz", ["-dc", file], { maxBuffer: 2 ** 28, encoding: "latin1" })
    : fs.readFileSync(file, "latin1");
  return text.split(/\r?\n/).map((line) => line.split(/, ?/));
}

const REAL: readonly Source[] = [
  {
    name: "bme280_pair: pressure at 1 Hz",
    decimals: 2,
    width: 0.05,
    read: () =>
      table(path.join(needs("data:bme280_pair"), "merged-20250129-132716.csv"))
        .slice(1)
        .flatMap((cells) => (cells.length > 6 ? [row(Math.round(Number(cells[1])), cells[6] ?? "")] : [])),
  },
  {
    name: "nab_sensors: a machine's temperature with its failures",
    decimals: 9,
    width: 0.5,
    read: () =>
      table(path.join(needs("data:nab_sensors"), "data/realKnownCause/machine_temperature_system_failure.csv"))
        .slice(1)
        .flatMap(([time = "", value]) => (value === undefined ? [] : [row(Date.parse(`${time}Z`) / 1_000, Number(value).toFixed(9))])),
  },
  {
    name: "hast_lora_nodes: a node in the snow",
    decimals: 0,
    width: 5,
    read: () => {
      needs("xz");
      return table(path.join(needs("data:hast_lora_nodes"), "node_sd/node2_snow_2021-02.csv.xz")).flatMap((cells) =>
        cells.length > 7 ? [row(Number(cells[2]), cells[5] ?? "")] : [],
      );
    },
  },
];

/** Values that repeat, drift, jump and spike, with holes: the shape of the three sets. */
function generated(name: string, decimals: number, step: number): readonly Row[] {
  const random = seededRandom(name);
  let [at, value] = [1_700_000_000, 2_000];
  return Array.from({ length: Math.min(ROWS, 20_000) }, () => {
    at += random.below(500) === 0 ? step * (1 + random.below(40)) : step;
    if (random.below(2) === 0) value += random.below(7) - 3;
    if (random.below(1_500) === 0) value += random.below(800) - 400;
    const spike = random.below(300) === 0 ? random.below(4_000) - 2_000 : 0;
    return row(at, ((value + spike) / 10 ** decimals).toFixed(decimals));
  });
}

const TWINS: readonly Source[] = [
  { name: "generated pressure at 1 Hz", decimals: 2, width: 0.05, read: () => generated("generated pressure", 2, 1) },
  { name: "generated machine temperature", decimals: 9, width: 5e-9, read: () => generated("generated machine", 9, 300) },
  { name: "generated node in the snow", decimals: 0, width: 5, read: () => generated("generated node", 0, 21) },
];

const asReading = ({ at, value }: Row): Reading => reading(TRACE_SERIES, epochMicros(at * 1e6), value);

function outcomes(name: string, config: object, rows: readonly Row[]): readonly Outcome[] {
  const kind = FILTERS[name];
  if (kind === undefined) throw new Error(`no filter ${name}`);
  const filter = openFilter(kind, config);
  return rows.map((each) => filter.apply(asReading(each)));
}

function fates(name: string, config: object, rows: readonly Row[]): readonly Fate[] {
  return outcomes(name, config, rows).map((outcome) =>
    "keep" in outcome ? { value: outcome.keep.value, marked: outcome.keep.quality === "suspect" } : undefined,
  );
}

/** In one comparison, and by index where they differ. */
function expectSame(got: readonly Fate[], wanted: readonly Fate[]): void {
  const differs = wanted.findIndex((fate, index) => fate?.value !== got[index]?.value || fate?.marked !== got[index]?.marked);
  expect(differs < 0 ? "the same" : { index: differs, got: got[differs], wanted: wanted[differs] }).toBe("the same");
  expect(got.length).toBe(wanted.length);
}

describe.each([...REAL, ...TWINS])("$name", ({ read, width, decimals }) => {
  test("median is the middle of the last values", { timeout: limitMs(60_000) }, () => {
    const rows = cut(read());
    expect(rows.length).toBeGreaterThan(1_000);
    for (const window of [3, 9]) expectSame(fates("median", { window }, rows), referenceMedian(rows, window));
  });

  test("hampel marks what its formula says", { timeout: limitMs(60_000) }, () => {
    const rows = cut(read());
    for (const [window, sigmas, floor] of [
      [7, 3, 0],
      [7, 3, width],
      [15, 2, 0],
    ] as const) {
      const wanted = referenceHampel(rows, window, sigmas, floor);
      expect(floor > 0 || wanted.some((fate) => fate?.marked)).toBe(true);
      expectSame(fates("hampel", { window, sigmas, floor }, rows), wanted);
    }
  });

  test("deadband keeps what moved, and a sign of life", { timeout: limitMs(60_000) }, () => {
    const rows = cut(read());
    const wanted = referenceDeadband(rows, width, 600);
    expect(wanted.filter((fate) => fate === undefined).length).toBeGreaterThan(0);
    expectSame(fates("deadband", { width, heartbeat: "10m" }, rows), wanted);
  });

  test("aggregate has the figures of each window", { timeout: limitMs(60_000) }, () => {
    const rows = inOrder(cut(read()));
    const kind = FILTERS.aggregate ?? expect.fail();
    const filter = openFilter(kind, { every: "5m" });
    const summaries = rows.flatMap((each): readonly Summary[] => {
      const outcome = filter.apply(asReading(each));
      return "hold" in outcome ? outcome.hold : expect.fail("every good reading goes into a window");
    });
    const all = [...summaries, ...(filter.flush?.(epochMicros(Number.MAX_SAFE_INTEGER)) ?? [])];
    const figures = all.map(({ at, n, min, max, first, last }) => ({ window: Math.floor(at / 300e6), n, min, max, first, last }));
    const wanted = referenceWindows(rows, 300, decimals);
    expect(figures).toEqual(wanted.map(({ sum: _, ...rest }) => rest));
    all.forEach(({ sum, n }, index) => {
      const exact = Number(wanted[index]?.sum) / 10 ** decimals;
      const size = Math.max(Math.abs(wanted[index]?.min ?? 0), Math.abs(wanted[index]?.max ?? 0), 1e-9);
      if (Math.abs(sum - exact) / n > 1e-12 * size) expect.fail(`window ${index}: the sum is ${sum}, and exactly ${exact}`);
    });
  });
});

const few = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -20, max: 20 })), { maxLength: 60 }).map((steps) => {
  let at = 1_700_000_000;
  return steps.map(([seconds, tenths]) => {
    at += seconds;
    return row(at, (tenths / 10).toFixed(1));
  });
});

test("whatever comes, median, hampel and deadband do as the plain computations do", () => {
  const window = fc.constantFrom(3, 5, 7, 9);
  fc.assert(
    fc.property(few, window, fc.constantFrom(0, 0.1, 0.5), fc.constantFrom(1, 2.5, 4), (rows, window, floor, sigmas) => {
      expectSame(fates("median", { window }, rows), referenceMedian(rows, window));
      expectSame(fates("hampel", { window, sigmas, floor }, rows), referenceHampel(rows, window, sigmas, floor));
      expectSame(fates("deadband", { width: floor, heartbeat: "20s" }, rows), referenceDeadband(rows, floor, 20));
    }),
    { numRuns: effort("filter-reference-properties", { quick: 100, test: 300, prove: 10_000 }) },
  );
});
