/**
 * reader: one text of a device as a sample: a number, JSON, CSV, `key=value`, or what a regular expression finds.
 *
 * A channel of which the text says nothing is absent, for devices say their quantities in turns. What is there and
 * is no number may be the name of a state; what cannot even be that is counted, and costs the other channels nothing.
 * Nothing is guessed.
 */
import { epochMicros } from "../../../protocol/index.ts";
import type { RawValue, Sample } from "../contract.ts";
import { type InstantParser, instantParser } from "./instants.ts";
import { numberFrom, parseJson, pointed, stateFrom } from "./json.ts";
import { parseNumber } from "./numbers.ts";
import type { TextOptions } from "./options.ts";

/** Why a text, or a channel of it, is not taken; counted. */
export type TextReason = "bad_json" | "bad_number" | "bad_time" | "short_row";

/** A sample; undefined where the text says nothing of this sensor, or nothing that can be read. */
export type TextReader = (text: string, count: (reason: TextReason) => void) => Sample | undefined;

/** What stands at a place of the text; undefined = nothing there. */
type Lookup<Place> = (place: Place) => unknown;
/** The text taken apart, or why that failed. */
type Apart<Place> = (text: string) => Lookup<Place> | TextReason;

const LONGEST_VALUE = 64;

/** A device whose clock was never set says 1970 or 2000; this product is younger. */
const EARLIEST = 1_420_070_400_000_000; // 2015-01-01T00:00:00Z

export async function textReader(options: TextOptions): Promise<TextReader> {
  const instant = options.at === undefined ? undefined : await instantParser(options.time_format, options.time_zone);
  const { plain, json, csv, pairs, match } = options;
  if (plain !== undefined) return reader(options, { [plain]: "" }, (text) => () => text.trim(), undefined);
  if (json !== undefined) return reader(options, json, jsonApart, instant);
  if (csv !== undefined) return reader<number>(options, csv, rowApart(options, csv), instant);
  if (pairs !== undefined) return reader(options, pairs, pairsApart(options), instant);
  return reader(options, match ?? {}, (text) => (place) => place.find(text), undefined);
}

function reader<Place extends string | number | object>(
  { at, missing, decimal }: TextOptions,
  places: Readonly<Record<string, Place>>,
  apart: Apart<Place>,
  instant: InstantParser | undefined,
): TextReader {
  const none = new Set(["", ...missing]);
  const parse = (text: string) => parseNumber(decimal === "," ? text.replace(",", ".") : text);
  const isNothing = (found: unknown) => found === undefined || found === null || (isScalar(found) && none.has(String(found).trim()));

  return (text, count) => {
    const lookup = apart(text);
    if (typeof lookup === "string") return void count(lookup);
    const values: Record<string, RawValue> = {};
    for (const [channel, place] of Object.entries(places)) {
      const found = lookup(place);
      if (isNothing(found)) continue;
      const value = numberFrom(found, parse) ?? stateFrom(found);
      if (value === undefined) count("bad_number");
      else values[channel] = value;
    }
    if (Object.keys(values).length === 0) return undefined;
    if (instant === undefined) return { values };
    const taken = instant(instantText(lookup(at as Place)), undefined);
    return taken === undefined || taken < EARLIEST ? void count("bad_time") : { at: epochMicros(taken), values };
  };
}

/** Lists and objects are never turned into a text: that may fail, or take long. */
function isScalar(found: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof found);
}

function instantText(found: unknown): string {
  return typeof found === "string" ? found.trim() : String(numberFrom(found) ?? "");
}

function jsonApart(text: string): Lookup<string> | TextReason {
  const parsed = parseJson(text);
  return parsed === undefined ? "bad_json" : (place) => pointed(parsed.document, place);
}

function rowApart({ separator, at }: TextOptions, csv: Readonly<Record<string, number>>): Apart<number> {
  const width = Math.max(...Object.values(csv), typeof at === "number" ? at : 0);
  return (text) => {
    const fields = text.split(separator);
    return fields.length < width ? "short_row" : (column) => fields[column - 1]?.trim().replace(/^"(.*)"$/, "$1");
  };
}

const PAIRS = {
  ".": { between: /[\s,;]+/, number: /^[+-]?[\d.]+(?=[^\d.e]*$)/ },
  /** A comma with a digit behind it is part of a number. */
  ",": { between: /(?:[\s;]|,(?!\d))+/, number: /^[+-]?[\d.,]+(?=[^\d.,e]*$)/ },
};

/** `T=21.5 H=40`, `temp: 21.5C, hum: 40;`: a unit behind the number is left out. */
function pairsApart({ decimal }: TextOptions): Apart<string> {
  const { between, number } = PAIRS[decimal];
  return (text) => {
    const parts = text.split(/[=:]/).map((part) => part.trim().split(between));
    const found = new Map<string, string>();
    for (const [index, words] of parts.entries()) {
      const value = parts[index + 1]?.[0];
      if (value !== undefined) found.set(words.at(-1) ?? "", value);
    }
    return (key) => {
      const value = found.get(key)?.slice(0, LONGEST_VALUE);
      return value === undefined ? undefined : (number.exec(value)?.[0] ?? value);
    };
  };
}
