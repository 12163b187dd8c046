/**
 * A year of minutes in six zones: every hour and every day of the report equals an independent computation.
 *
 * The computation shares no method with the product: it asks Intl for the local text of each single minute and groups
 * by that text, with sums that are exact in integers. The readings go through the real rollup and store, once.
 */
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instant, type ReportBench, reportBench, seriesInfo } from "../collector/report/report-bench.ts";
import { randomOf, seededRandom } from "../support/seeded-random.ts";

const MINUTE = 60e6;
const DAY = 1_440 * MINUTE;
/** Wider than 2024 in any zone. */
const [FIRST, END] = [instant("2023-12-31T00:00:00Z"), instant("2025-01-02T00:00:00Z")];

/** Days of 2024 that had not 24 hours, from the announcements of the clock changes. */
const ZONES = [
  { zone: "Europe/Berlin", odd: { "2024-03-31": 23, "2024-10-27": 25 } },
  { zone: "America/New_York", odd: { "2024-03-10": 23, "2024-11-03": 25 } },
  { zone: "Asia/Kolkata", odd: {} },
  { zone: "Australia/Lord_Howe", odd: { "2024-04-07": 24.5, "2024-10-06": 23.5 } },
  { zone: "Pacific/Chatham", odd: { "2024-04-07": 25, "2024-09-29": 23 } },
  { zone: "Africa/Casablanca", odd: { "2024-03-10": 25, "2024-04-14": 23 } },
] as const;

/** Of some minutes. */
interface Group {
  /** Local text of the first. */
  readonly label: string;
  count: number;
  min: number;
  max: number;
  hundredths: number;
  magnitude: number;
}

const seed = seededRandom("zones").seed;
let bench: ReportBench;

/** Hundredths of the minute's value. A minute may have none: about one in fifty, and some hours on end. */
function* minutes(): Generator<{ readonly at: number; readonly hundredths: number }> {
  const random = randomOf(seed);
  let silentUntil = 0;
  for (let at = FIRST; at < END; at += MINUTE) {
    if (random.below(5_000) === 0) silentUntil = at + random.below(6 * 60) * MINUTE;
    const hundredths = random.below(8_000) - 3_000;
    if (at >= silentUntil && random.below(50) > 0) yield { at, hundredths };
  }
}

beforeAll(async () => {
  bench = await reportBench([seriesInfo(1, "greenhouse-1/air/temperature")]);
  bench.setNow(instant("2026-01-01T00:00:00Z"));
  let day: { series: number; at: number; value: number; quality: number }[] = [];
  for (const { at, hundredths } of minutes()) {
    if (day[0] !== undefined && at >= day[0].at + 30 * DAY) {
      await bench.load(day);
      day = [];
    }
    day.push({ series: 1, at, value: hundredths / 100, quality: 0 });
  }
  await bench.load(day);
  console.info(`zones: time zone rules ${process.versions.tz}`);
});

afterAll(async () => await bench[Symbol.asyncDispose]());

/** Readings by local hour and offset, and by local date, of 2024 alone. Empty ones are there: time is asked for, not readings. */
function groupsOf(zone: string): { readonly hours: Map<string, Group>; readonly days: Map<string, Group & { minutes: number }> } {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: undefined,
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", timeZoneName: "longOffset" },
  });
  const hours = new Map<string, Group>();
  const days = new Map<string, Group & { minutes: number }>();
  const readings = minutes();
  let next = readings.next().value;
  for (let at = FIRST; at < END; at += MINUTE) {
    const [date = "", time = "", offsetText = ""] = format.format(at / 1_000).split(" ");
    const reading = next?.at === at ? next : undefined;
    if (reading !== undefined) next = readings.next().value;
    if (!date.startsWith("2024")) continue;
    const offset = (offsetText.slice(3) || "+00:00").replace("−", "-");
    const empty = { label: `${date}T${time}${offset}`, count: 0, min: Infinity, max: -Infinity, hundredths: 0, magnitude: 0 };
    const hour = `${date}T${time.slice(0, 2)}${offset}`;
    if (!hours.has(hour)) hours.set(hour, { ...empty });
    if (!days.has(date)) days.set(date, { ...empty, minutes: 0 });
    const day = days.get(date) as Group & { minutes: number };
    day.minutes += 1;
    if (reading !== undefined) for (const group of [hours.get(hour) as Group, day]) add(group, reading.hundredths);
  }
  return { hours, days };
}

function add(group: Group, hundredths: number): void {
  group.count += 1;
  group.min = Math.min(group.min, hundredths / 100);
  group.max = Math.max(group.max, hundredths / 100);
  group.hundredths += hundredths;
  group.magnitude += Math.abs(hundredths);
}

type Row = Readonly<Record<string, string>>;

/** A row may only differ in the last digits of its average, measured by what was added up. */
function differs(row: Row, key: string, group: Group): boolean {
  if (row[key] !== group.label || Number(row.count) !== group.count) return true;
  if (group.count === 0) return row.min !== "" || row.avg !== "" || row.max !== "";
  const error = Math.abs(Number(row.avg) - group.hundredths / 100 / group.count);
  return Number(row.min) !== group.min || Number(row.max) !== group.max || error > (1e-12 * group.magnitude) / 100 / group.count;
}

describe.each(ZONES)("2024 in $zone", ({ zone, odd }) => {
  test("has the hours and days that its clocks had, each with the readings of its minutes and no others", async () => {
    const { hours, days } = groupsOf(zone);
    const rows = async (report: "hourly" | "daily") => {
      const text = await bench.text({ from: "2024-01-01", to: "2025-01-01", tz: zone, format: "csv" }, report);
      return parse<Row>(text, { columns: true });
    };
    const [hourly, daily] = [await rows("hourly"), await rows("daily")];
    expect(hourly.map(({ hour }) => hour)).toEqual([...hours.values()].map(({ label }) => label));
    expect(daily.map(({ day }) => day)).toEqual([...days.values()].map(({ label }) => label));
    const hourGroups = [...hours.values()];
    const dayGroups = [...days.values()];
    expect(hourly.filter((row, index) => differs(row, "hour", hourGroups[index] as Group))).toEqual([]);
    expect(daily.filter((row, index) => differs(row, "day", dayGroups[index] as Group))).toEqual([]);
    const lengths = dayGroups.filter((day) => day.minutes !== 1_440).map((day) => [day.label.slice(0, 10), day.minutes / 60]);
    expect(Object.fromEntries(lengths)).toEqual(odd);
    const notes = parse<Row>(
      await bench.text({ from: "2024-01-01", to: "2025-01-01", tz: zone, format: "csv", columns: "day,notes" }, "daily"),
      { columns: true },
    );
    const noted = notes.flatMap(({ day, notes: note = "" }) =>
      / h day/.test(note) ? [[day?.slice(0, 10), Number.parseFloat(note.replace(/.*?([\d.]+) h day.*/, "$1"))]] : [],
    );
    expect(Object.fromEntries(noted)).toEqual(odd);
    console.info(`${zone}: ${hourly.length} hours and ${daily.length} days equal`);
  });
});
