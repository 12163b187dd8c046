/**
 * read-answer: the values and the instant in what a device answered.
 *
 * A number may stand as one, as a text that is one, or as true and false (1 and 0); a text in JSON may be the name of a
 * state. null is a channel that has nothing to say now; anything else is a fault, and then no channel of the answer is taken.
 */
import { epochMicros } from "../../../protocol/index.ts";
import type { RawValue, Sample } from "../contract.ts";
import type { InstantParser } from "../text/instants.ts";
import { numberFrom, parseJson, pointed, stateFrom } from "../text/json.ts";
import type { HttpAnswer } from "./exchange.ts";
import type { HttpOptions } from "./options.ts";
import { badAnswer } from "./trouble.ts";

/** @param instant reads what stands at `at`. @throws Fault `bad_value`. */
export function readAnswer(answer: HttpAnswer, options: HttpOptions, instant: InstantParser): Sample {
  const { json, match, plain } = options;
  if (json !== undefined) return fromJson(answer, json, options, instant);
  if (plain !== undefined) return { values: { [plain]: numberIn(answer.text, answer, "one number") } };
  const values: Record<string, number> = {};
  for (const [channel, expression] of Object.entries(match ?? {})) {
    const found = expression.find(answer.text);
    if (found === undefined) throw badAnswer(answer.url, `${channel} as ${expression.source}`, answer.text);
    values[channel] = numberIn(found, answer, `a number for ${channel}`);
  }
  return { values };
}

function fromJson(
  { url, text }: HttpAnswer,
  json: Readonly<Record<string, string>>,
  { at, time_format }: HttpOptions,
  instant: InstantParser,
): Sample {
  const parsed = parseJson(text);
  if (parsed === undefined) throw badAnswer(url, "JSON", text);
  const values: Record<string, RawValue> = {};
  for (const [channel, pointer] of Object.entries(json)) {
    const found = pointed(parsed.document, pointer);
    if (found === null) continue;
    const value = numberFrom(found) ?? stateFrom(found);
    if (value === undefined) throw badAnswer(url, `a number or the name of a state at ${pointer || "the top"}`, text);
    values[channel] = value;
  }
  if (at === undefined) return { values };
  const written = pointed(parsed.document, at);
  const isFitting = typeof written === (time_format === "iso" ? "string" : "number");
  const taken = isFitting ? instant(String(written), undefined) : undefined;
  if (taken === undefined || taken <= 0) throw badAnswer(url, `an instant (${time_format}) at ${at}`, text);
  return { at: epochMicros(taken), values };
}

function numberIn(text: string, answer: HttpAnswer, expected: string): number {
  const value = numberFrom(text);
  if (value !== undefined && Number.isFinite(value)) return value;
  throw badAnswer(answer.url, expected, answer.text);
}
