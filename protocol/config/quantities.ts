/**
 * quantities: values that carry their unit in the text, as schemas: `10s`, `256MB`, `60x`.
 *
 * A number without a unit is refused, never guessed; where the meaning is plain, the text to write is offered.
 */
import { z } from "zod";
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_MS, MICROS_PER_SECOND, type Micros, micros } from "../time.ts";

type Units = Readonly<Record<string, number>>;

const DURATION_UNITS: Units = { ms: MICROS_PER_MS, s: MICROS_PER_SECOND, m: MICROS_PER_MINUTE, h: MICROS_PER_HOUR, d: MICROS_PER_DAY };
const SIZE_UNITS: Units = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

const DURATION = "expected a duration like 10s, 1m or 1.5h";
const SIZE = "expected a size like 256MB or 1GiB";
const SPEED = "expected max, or a speed like 1x or 60x";

const CENTURY = micros(36_500 * MICROS_PER_DAY);

/** A span with its unit (`500ms`, `10s`, `1m`, `1.5h`, `7d`), inside the bounds, both inclusive. */
export function duration({ least = micros(1), most = CENTURY }: { readonly least?: Micros; readonly most?: Micros } = {}) {
  return quantity(DURATION, DURATION_UNITS, Number.MAX_SAFE_INTEGER, meantDuration)
    .transform(micros)
    .refine((span) => span >= least, `expected at least ${showDuration(least)}`)
    .refine((span) => span <= most, `expected at most ${showDuration(most)}`);
}

/** A size in bytes with its unit: `256MB`, `1GiB`. */
export function size() {
  return quantity(SIZE, SIZE_UNITS, Number.MAX_SAFE_INTEGER, meantSize);
}

/** A multiple of real time: `1x`, `60x`; `max` is Infinity. */
export function speed() {
  return z.string({ error: ({ input }) => `${SPEED}, got ${shown(input)}` }).transform((text, context): number => {
    if (text === "max") return Number.POSITIVE_INFINITY;
    const factor = Number(/^(\d+(?:\.\d+)?)x$/.exec(text.trim())?.[1]);
    if (factor > 0) return factor;
    context.addIssue({ code: "custom", message: `${SPEED}, got ${shown(text)}` });
    return z.NEVER;
  });
}

/** A span as a person writes it, in the largest unit that is exact: `90s`, `1h`. */
export function showDuration(span: Micros): string {
  const units = Object.entries(DURATION_UNITS).reverse();
  const [name, unit] = units.find(([, unit]) => span % unit === 0) ?? (["ms", MICROS_PER_MS] as const);
  return `${span / unit}${name}`;
}

/** Bytes as a person writes them, to three digits: `1GB`, `2.59MB`. */
export function showSize(bytes: number): string {
  const [name, unit] = (["TB", "GB", "MB", "kB"] as const)
    .map((name) => [name, SIZE_UNITS[name] ?? 1] as const)
    .find(([, unit]) => bytes >= unit) ?? ["B", 1];
  return `${Number((bytes / unit).toPrecision(3))}${name}`;
}

function quantity(expected: string, units: Units, most: number, meant: (text: string) => string | undefined) {
  const parse = (text: string) => {
    const amount = Math.round(amountOf(text, units));
    return amount > 0 && amount <= most ? amount : undefined;
  };
  const message = (input: unknown) => {
    const offer = typeof input === "string" || typeof input === "number" ? meant(String(input).trim()) : undefined;
    return `${expected}, got ${shown(input)}${offer === undefined || parse(offer) === undefined ? "" : `; did you mean ${offer}?`}`;
  };
  return z.string({ error: ({ input }) => message(input) }).transform((text, context): number => {
    const amount = parse(text);
    if (amount !== undefined) return amount;
    context.addIssue({ code: "custom", message: message(text) });
    return z.NEVER;
  });
}

/** NaN where it is no quantity. */
function amountOf(text: string, units: Units): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text.trim()) ?? [];
  return Object.hasOwn(units, unit) ? Number(number) * (units[unit] ?? Number.NaN) : Number.NaN;
}

function meantDuration(text: string): string | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(|sec\w*|min\w*|hours?|hrs?|days?|S|M|H|D)$/i.exec(text) ?? [];
  if (number === undefined || Number(number) === 0) return undefined;
  return `${number}${(unit ?? "").charAt(0).toLowerCase() || "s"}`;
}

function meantSize(text: string): string | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*(|[kmgt])i?b?$/i.exec(text) ?? [];
  if (number === undefined || Number(number) === 0) return undefined;
  return `${number}${unit === "" ? "MB" : `${unit.toLowerCase() === "k" ? "k" : unit.toUpperCase()}B`}`;
}

function shown(input: unknown): string {
  return input === undefined ? "nothing" : JSON.stringify(input);
}
