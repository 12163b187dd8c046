/**
 * read-answer: the values and the instant in what a device answered.
 *
 * A number may stand as one, as a text that is one, or as true and false (1 and 0). null is a channel that has
 * nothing to say now; anything else is a fault, and then no channel of the answer is taken.
 */
import type { Sample } from "../contract.ts";
import type { HttpAnswer } from "./exchange.ts";
import { instantOf } from "./instant.ts";
import type { HttpOptions } from "./options.ts";
import { badAnswer } from "./trouble.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @throws Fault `bad_value`. */
export function readAnswer(answer: HttpAnswer, options: HttpOptions): Sample {
  const { json, match, plain } = options;
  if (json !== undefined) return fromJson(answer, json, options);
  if (plain !== undefined) return { values: { [plain]: numberIn(answer.text, answer, "one number") } };
  const values: Record<string, number> = {};
  for (const [channel, expression] of Object.entries(match ?? {})) {
    const found = expression.exec(answer.text)?.[1];
    if (found === undefined) throw badAnswer(answer.url, `${channel} as ${expression.source}`, answer.text);
    values[channel] = numberIn(found, answer, `a number for ${channel}`);
  }
  return { values };
}

function fromJson({ url, text }: HttpAnswer, json: Readonly<Record<string, string>>, { at, time_format }: HttpOptions): Sample {
  const document = parsed(url, text);
  const values: Record<string, number> = {};
  for (const [channel, pointer] of Object.entries(json)) {
    const found = pointed(document, pointer);
    if (found === null) continue;
    if (typeof found === "number") values[channel] = found;
    else if (typeof found === "boolean") values[channel] = found ? 1 : 0;
    else if (typeof found === "string") values[channel] = numberIn(found, { url, text: found }, `a number at ${pointer}`);
    else throw badAnswer(url, `a number at ${pointer || "the top"}`, text);
  }
  if (at === undefined) return { values };
  const instant = instantOf(pointed(document, at), time_format);
  if (instant === undefined) throw badAnswer(url, `an instant (${time_format}) at ${at}`, text);
  return { at: instant, values };
}

function parsed(url: URL, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw badAnswer(url, "JSON", text);
    throw error;
  }
}

/** What a JSON pointer (RFC 6901) points to; undefined where there is nothing. */
function pointed(document: unknown, pointer: string): unknown {
  let found = document;
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function numberIn(text: string, answer: HttpAnswer, expected: string): number {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) return Number(trimmed);
  throw badAnswer(answer.url, expected, answer.text);
}
