/**
 * labels: what people say of an agent beside its name: where it stands, whose it is. No part of any identity: they may
 * change at any time, and the newest count.
 */
import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { isName } from "./names.ts";

/** Name to value: `{ site: "kiel", customer: "12" }`. */
export type Labels = Readonly<Record<string, string>>;

/** A name like those of agents, and a text of up to 64 characters without commas and control characters. */
export function isLabel(key: string, value: string): boolean {
  return isName(key) && isLabelValue(value);
}

function isLabelValue(value: string): boolean {
  return /^[^\p{C},]{1,64}$/u.test(value) && value.trim() === value;
}

const VALUE = "expected a text of at most 64 characters without commas";

/** `labels` of a config. A whole number may stand without quotes; of `1.10` the text would be another one. */
export function labelMap() {
  const value = z.union([z.string(), z.int().transform(String)], VALUE).refine(isLabelValue, VALUE);
  const key = z.string().refine(isName, 'expected a name like "site" (a-z, 0-9, "-", "_", at most 40)');
  return z
    .record(key, value)
    .refine((labels) => Object.keys(labels).length <= LIMITS.labelsPerAgent, `expected at most ${LIMITS.labelsPerAgent} labels`);
}
