/**
 * start: where a replay begins: an instant (`2026-11-01T00:00:00Z`), or counted back from now (`now-7d`).
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { duration, type EpochMicros, epochMicros, type Micros } from "../../protocol/index.ts";

const EXPECTED = "expected an instant like 2026-11-01T00:00:00Z, or now-7d";

/** Either an instant, or a span before the moment at which the replay is started. */
export type Start = { readonly at: EpochMicros } | { readonly ago: Micros };

export function start() {
  return z.string(EXPECTED).transform((text, context): Start => {
    const found = text.startsWith("now") ? ago(text.slice(3)) : instant(text);
    if (found !== undefined) return found;
    context.addIssue({ code: "custom", message: `${EXPECTED}, got ${JSON.stringify(text)}${meant(text)}` });
    return z.NEVER;
  });
}

/** The instant of a start, on the grid of `step`, so that a replay's times are as regular as a sampler's. */
export function startAt(from: Start, now: EpochMicros, step: Micros): EpochMicros {
  const at = "at" in from ? from.at : now - from.ago;
  return epochMicros(Math.floor(at / step) * step);
}

function ago(text: string): Start | undefined {
  if (text === "") return { ago: 0 as Micros };
  const span = duration().safeParse(text.replace(/^-/, ""));
  return text.startsWith("-") && span.success ? { ago: span.data } : undefined;
}

function instant(text: string): Start | undefined {
  try {
    return { at: epochMicros(Number(Temporal.Instant.from(text).epochNanoseconds / 1000n)) };
  } catch {
    return undefined; // RangeError is how Temporal says no
  }
}

function meant(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `; did you mean ${text}T00:00:00Z?`;
  return /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ? `; did you mean ${text.replace(" ", "T")}Z?` : "";
}
