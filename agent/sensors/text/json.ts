/**
 * json: what stands at a JSON pointer (RFC 6901) of an answer, and what of it is a number.
 *
 * - A text that is a number is one; true and false, ON and OFF are 1 and 0; null is nothing to say now.
 * - A 64-bit number that a JavaScript program wrote as `{"low":0,"high":1,"unsigned":true}` is read as it is meant.
 */
import { z } from "zod";
import { LONGEST_STATE } from "../contract.ts";
import { parseNumber } from "./numbers.ts";

const POINTER = "expected a JSON pointer (RFC 6901) like /main/temperature";

/** `""` is the whole document. */
export const pointer = z.string(POINTER).regex(/^(\/([^~/]|~[01])*)*$/, POINTER);

/** A map, for an object would also know `constructor`. */
const WORDS: ReadonlyMap<string, number> = new Map(Object.entries({ on: 1, off: 0, true: 1, false: 0 }));

/** What a JSON pointer points to; undefined where there is nothing. */
export function pointed(document: unknown, pointer: string): unknown {
  let found = document;
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

/** The document, or undefined where the text is no JSON. */
export function parseJson(text: string): { readonly document: unknown } | undefined {
  try {
    return { document: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The number that a value of JSON is; undefined where it is none. */
export function numberFrom(found: unknown, parse: (text: string) => number | undefined = parseNumber): number | undefined {
  if (typeof found === "number") return found;
  if (typeof found === "boolean") return Number(found);
  if (typeof found === "string") return WORDS.get(found.trim().toLowerCase()) ?? parse(found.trim());
  return isLong(found) ? found.high * 2 ** 32 + (found.low >>> 0) : undefined;
}

/** Printable, of any script, and begun by a letter: neither noise of a line nor a number with something wrong about it. */
const STATE = /^\p{L}[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;

/** The text that may be the name of a state, for the filter `map`; undefined where it is none. */
export function stateFrom(found: unknown): string | undefined {
  const text = typeof found === "string" ? found.trim() : "";
  return text.length <= LONGEST_STATE && STATE.test(text) && !text.includes("\ufffd") ? text : undefined;
}

function isLong(found: unknown): found is { low: number; high: number } {
  if (typeof found !== "object" || found === null || !("low" in found) || !("high" in found)) return false;
  return Number.isInteger(found.low) && Number.isInteger(found.high);
}
