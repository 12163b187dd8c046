/**
 * channel: `channels` of a sensor, held against what its driver offers. Without it, everything offered is kept.
 */
import { z } from "zod";
import { type Checked, checkValue, didYouMean, isName, type Micros, type Problem, SERIES_KINDS, unit } from "../../protocol/index.ts";
import { conversion, isKnownUnit, isSameScale } from "../filters/contract.ts";
import type { ChannelSpec } from "../sensors/contract.ts";
import type { ChannelConfig } from "./config.ts";
import { DERIVE, type DerivedDraft } from "./derived.ts";
import { filterEntry, listProblems } from "./filter.ts";
import { URGENT } from "./urgent.ts";

/** Of a driver that does not know what the numbers mean. */
const UNKNOWN_UNIT = "1";

const CHANNEL = z.strictObject({
  /** Names the unit of what the driver gives; it converts nothing (the filter `convert` does). */
  unit: unit().optional(),
  /** Of what the driver gives, too. */
  kind: z.enum(SERIES_KINDS).optional(),
  filters: z.array(filterEntry()).default([]),
  urgent: URGENT.optional(),
});

/** A channel that is made of others has the unit and kind of its formula. */
const DERIVED = z.strictObject({ derive: DERIVE, filters: z.array(filterEntry()).default([]) });

export interface ReadChannels {
  /** Of the driver, in its order. */
  readonly channels: readonly ChannelConfig[];
  /** In the order of the file. */
  readonly drafts: readonly DerivedDraft[];
}

/** Paths of problems are from the sensor. */
export async function readChannels(
  offered: readonly ChannelSpec[],
  written: Readonly<Record<string, unknown>> | undefined,
  every: Micros | undefined,
): Promise<Checked<ReadChannels>> {
  if (written === undefined) return { value: { channels: offered.map((spec) => ({ ...spec, filters: [] })), drafts: [] } };

  const names = offered.map(({ name }) => name);
  const derived = Object.entries(written).filter(([, entry]) => typeof entry === "object" && entry !== null && "derive" in entry);
  const strangers = Object.keys(written).filter((name) => !names.includes(name) && !derived.some(([each]) => each === name));
  const problems: Problem[] = strangers.map((name) => ({ path: ["channels", name], message: unknownChannel(name, names) }));
  const channels: ChannelConfig[] = [];
  const drafts: DerivedDraft[] = [];
  for (const [channel, entry] of derived) {
    const checked =
      names.includes(channel) || !isName(channel) ? { problems: [nameProblem(channel, names)] } : await checkValue(DERIVED, entry);
    if (checked.problems === undefined) drafts.push({ name: channel, ...checked.value });
    else problems.push(...below(["channels", channel], checked.problems));
  }
  for (const spec of offered.filter(({ name }) => Object.hasOwn(written, name) && !derived.some(([each]) => each === name))) {
    const path = ["channels", spec.name];
    const checked = await checkValue(CHANNEL, written[spec.name] ?? {});
    if (checked.problems !== undefined) problems.push(...below(path, checked.problems));
    else {
      const { unit = spec.unit, kind = spec.kind, filters, urgent } = checked.value;
      problems.push(...below([...path, "unit"], unitProblems(spec.unit, unit)));
      problems.push(...below([...path, "filters"], listProblems(filters, every, { unit, kind })));
      channels.push({ ...spec, unit, kind, filters, ...(urgent && { urgent }) });
    }
  }
  if (Object.keys(written).length === 0) problems.push({ path: ["channels"], message: `expected at least one of ${names.join(", ")}` });
  return problems.length > 0 ? { problems } : { value: { channels, drafts } };
}

/** A unit that the driver gives and another known one on a scale of its own: the numbers would be wrong under that name. */
function unitProblems(given: string, written: string): readonly Problem[] {
  if (given === UNKNOWN_UNIT || isSameScale(given, written) || !isKnownUnit(given) || !isKnownUnit(written)) return [];
  const convert =
    conversion(given, written) === undefined ? "use the filter convert" : `write filters: [{ convert: { to: "${written}" } }]`;
  return [{ path: [], message: `expected ${given}, in which the driver reads it: unit renames and does not convert; ${convert}` }];
}

function nameProblem(channel: string, names: readonly string[]): Problem {
  if (names.includes(channel)) return { path: [], message: `${channel} is a channel of the driver: give the derived one another name` };
  return { path: [], message: 'expected a name like "dew_point" (a-z, 0-9, "-", "_", at most 40)' };
}

function below(prefix: readonly PropertyKey[], problems: readonly Problem[]): readonly Problem[] {
  return problems.map(({ path, message }) => ({ path: [...prefix, ...path], message }));
}

function unknownChannel(name: string, names: readonly string[]): string {
  return `unknown channel${didYouMean(name, names)}; the driver offers ${names.join(", ")}`;
}
