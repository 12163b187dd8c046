/**
 * hourly-oracle: hourly count, min, max and average of decimals as they stand in a text, computed apart from the product.
 *
 * Sums are exact: every value is an integer of millionths as a BigInt. Averages are compared relative to
 * sum|x|/n, so that one near zero does not ask for digits that no double has.
 */
import { expect } from "vitest";
import type { ReportRow } from "./whole-path.ts";

const DECIMALS = 6;
const SCALE = 10n ** BigInt(DECIMALS);
const HOUR_MS = 3_600_000;

interface Hour {
  count: number;
  min: number;
  max: number;
  sum: bigint;
  magnitude: bigint;
}

export class HourlyOracle {
  readonly #hours = new Map<string, Hour>();
  readings = 0;

  /** @param text the value as written, at most six decimals. */
  add(series: string, ms: number, text: string): void {
    const key = `${new Date(Math.floor(ms / HOUR_MS) * HOUR_MS).toISOString().slice(0, 13)} ${series}`;
    const value = Number(text);
    const scaled = exact(text);
    const magnitude = scaled < 0n ? -scaled : scaled;
    this.readings += 1;
    const hour = this.#hours.get(key);
    if (hour === undefined) {
      this.#hours.set(key, { count: 1, min: value, max: value, sum: scaled, magnitude });
      return;
    }
    hour.count += 1;
    hour.min = Math.min(hour.min, value);
    hour.max = Math.max(hour.max, value);
    hour.sum += scaled;
    hour.magnitude += magnitude;
  }

  get hours(): number {
    return this.#hours.size;
  }

  /** Compares with the rows of a report in UTC: every hour with readings, and none beside them. */
  expectSame(rows: readonly ReportRow[]): void {
    const filled = rows.filter((row) => row.count !== "0");
    const seen = new Set<string>();
    for (const row of filled) {
      const key = `${row.hour?.slice(0, 13)} ${row.series}`;
      const hour = this.#hours.get(key);
      if (hour === undefined) throw new Error(`the report has ${key}, which the input does not`);
      seen.add(key);
      const found = [row.count, row.min, row.max].map(Number);
      if (found[0] !== hour.count || found[1] !== hour.min || found[2] !== hour.max) {
        throw new Error(`${key}: expected ${hour.count}, ${hour.min}, ${hour.max} (count, min, max), got ${found}`);
      }
      const average = toNumber(hour.sum) / hour.count;
      const scale = toNumber(hour.magnitude) / hour.count;
      const difference = Math.abs(Number(row.avg_samples) - average);
      if (!(difference <= 1e-12 * scale)) throw new Error(`${key}: expected average ${average}, got ${row.avg_samples}`);
    }
    expect(seen.size, "hours in the report").toBe(this.#hours.size);
  }
}

function exact(text: string): bigint {
  const [, sign, whole = "0", fraction = ""] = /^\s*(-?)(\d*)(?:\.(\d*))?\s*$/.exec(text) ?? [];
  if (sign === undefined || fraction.length > DECIMALS) throw new Error(`expected a decimal of at most ${DECIMALS} digits, got ${text}`);
  const scaled = BigInt(whole) * SCALE + BigInt(fraction.padEnd(DECIMALS, "0"));
  return sign === "-" ? -scaled : scaled;
}

/** The nearest double of an exact sum: its integer part and fraction are both exact. */
function toNumber(scaled: bigint): number {
  return Number(scaled / SCALE) + Number(scaled % SCALE) / Number(SCALE);
}
