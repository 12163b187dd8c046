/**
 * identifiers: names, topic prefixes and series patterns as schemas. What a name is, `names.ts` says.
 */
import { z } from "zod";
import { isName, nearestName } from "../names.ts";

const NAME = 'expected a name like "greenhouse-1" (a-z, 0-9, "-", "_", at most 40)';
const PREFIX = 'expected one or two names like "tributary/v1"';
const PATTERN = 'expected a pattern of agent/sensor/channel like "greenhouse-*/air/temperature" ("*" any text, "?" one character)';

/** The name of an agent, sensor or channel; the nearest valid one is offered. */
export function name() {
  return z.string(NAME).refine(isName, {
    error: ({ input }) => {
      const offer = nearestName(String(input));
      return `${NAME}, got ${JSON.stringify(input)}${offer === "" ? "" : `; did you mean ${JSON.stringify(offer)}?`}`;
    },
  });
}

/** What stands before `<agent>/<channel>` in every topic: at most two levels, for a topic has at most four. */
export function topicPrefix() {
  return z.string(PREFIX).refine((text) => text.split("/").length <= 2 && text.split("/").every(isName), PREFIX);
}

/** A pattern over series ids, see `seriesMatcher`. */
export function seriesPattern() {
  return z.string(PATTERN).refine((text) => /^[a-z0-9_*?-]+(\/[a-z0-9_*?-]+){2}$/.test(text) && text.length <= 122, PATTERN);
}

/** Tells whether a series id fits a pattern: `*` is any text inside one level, `?` one character. */
export function seriesMatcher(pattern: string): (series: string) => boolean {
  const levels = pattern.split("/");
  return (series) => {
    const parts = series.split("/");
    return parts.length === levels.length && levels.every((level, index) => fits(level, parts[index] ?? ""));
  };
}

/** Goes back to the last star only, so the time is pattern x text whatever the pattern (a regular expression's is not). */
function fits(pattern: string, text: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  for (let index = 0; index < text.length; ) {
    if (pattern[at] === "*") {
      star = at++;
      resume = index;
    } else if (pattern[at] === "?" || pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
