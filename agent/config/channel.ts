/**
 * channel: `channels` of a sensor, held against what its driver offers. Without it, everything offered is kept.
 */
import { z } from "zod";
import { type Checked, checkValue, didYouMean, type Micros, type Problem, SERIES_KINDS } from "../../protocol/index.ts";
import type { ChannelSpec } from "../sensors/contract.ts";
import type { ChannelConfig } from "./config.ts";
import { filterEntry, listProblems } from "./filter.ts";
import { unit } from "./units.ts";
import { URGENT } from "./urgent.ts";

const CHANNEL = z.strictObject({
  /** Names the unit of what the driver gives; it converts nothing. */
  unit: unit().optional(),
  kind: z.enum(SERIES_KINDS).optional(),
  filters: z.array(filterEntry()).default([]),
  urgent: URGENT.optional(),
});

/** In the driver's order. Paths of problems are from the sensor. */
export async function readChannels(
  offered: readonly ChannelSpec[],
  written: Readonly<Record<string, unknown>> | undefined,
  every: Micros | undefined,
): Promise<Checked<readonly ChannelConfig[]>> {
  if (written === undefined) return { value: offered.map((spec) => ({ ...spec, filters: [] })) };

  const names = offered.map(({ name }) => name);
  const strangers = Object.keys(written).filter((name) => !names.includes(name));
  const problems: Problem[] = strangers.map((name) => ({ path: ["channels", name], message: unknownChannel(name, names) }));
  const channels: ChannelConfig[] = [];
  for (const spec of offered.filter(({ name }) => Object.hasOwn(written, name))) {
    const path = ["channels", spec.name];
    const checked = await checkValue(CHANNEL, written[spec.name] ?? {});
    if (checked.problems !== undefined) problems.push(...below(path, checked.problems));
    else {
      const { unit = spec.unit, kind = spec.kind, filters, urgent } = checked.value;
      problems.push(...below([...path, "filters"], listProblems(filters, every)));
      channels.push({ name: spec.name, unit, kind, filters, ...(urgent && { urgent }) });
    }
  }
  if (Object.keys(written).length === 0) problems.push({ path: ["channels"], message: `expected at least one of ${names.join(", ")}` });
  return problems.length > 0 ? { problems } : { value: channels };
}

function below(prefix: readonly PropertyKey[], problems: readonly Problem[]): readonly Problem[] {
  return problems.map(({ path, message }) => ({ path: [...prefix, ...path], message }));
}

function unknownChannel(name: string, names: readonly string[]): string {
  return `unknown channel${didYouMean(name, names)}; the driver offers ${names.join(", ")}`;
}
