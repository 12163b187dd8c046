/**
 * derived: channels with `derive`: what they are made of, held against all channels of the config.
 *
 * An input is a channel of the same sensor (`humidity`), of another one (`outside/humidity`), or a number. A derived
 * channel may be an input of others that stand behind it in the file.
 */
import { z } from "zod";
import { bug, didYouMean, duration, MICROS_PER_MINUTE, type Micros, micros, type Problem, showDuration } from "../../protocol/index.ts";
import { type ChosenFilter, type Formula, type Measure, placeFilters } from "../filters/contract.ts";
import { FORMULAS } from "../filters/registry.ts";
import type { ChannelConfig, ChannelRef, SensorConfig } from "./config.ts";
import { listProblems } from "./filter.ts";

const INPUT = z.union([z.string(), z.number()], "expected a channel such as temperature or outside/temperature, or a number");

export const DERIVE = z.strictObject({
  formula: z.enum(Object.keys(FORMULAS)),
  of: z.union([z.array(INPUT).min(2).max(16), z.record(z.string(), INPUT)], "expected a list of channels, or a map of them by name"),
  max_age: duration().optional(),
});

export interface DerivedDraft {
  readonly name: string;
  readonly derive: z.output<typeof DERIVE>;
  readonly filters: readonly ChosenFilter[];
}

/** A sensor whose derived channels are not yet held against the others. */
export interface SensorDraft extends SensorConfig {
  readonly drafts: readonly DerivedDraft[];
}

/** What is known of a channel that others may be derived from. */
interface Source {
  readonly measure: Measure;
  readonly every: Micros | undefined;
}

const OTHER_SENSOR = micros(MICROS_PER_MINUTE);

/** Paths of problems are from the whole config. */
export function settleDerived(drafts: readonly SensorDraft[]): {
  readonly sensors: readonly SensorConfig[];
  readonly problems: readonly Problem[];
} {
  const sources = new Map<string, Source>();
  for (const sensor of drafts) for (const channel of sensor.channels) addSource(sources, sensor, channel);
  const problems: Problem[] = [];
  const sensors = drafts.map(({ drafts: derived, ...sensor }, index): SensorConfig => {
    const made = derived.flatMap((draft) => {
      const path = ["sensors", index, "channels", draft.name];
      const channel = settle(draft, sensor, sources, (below, message) => void problems.push({ path: [...path, ...below], message }));
      if (channel !== undefined) addSource(sources, sensor, channel);
      return channel ?? [];
    });
    return { ...sensor, channels: [...sensor.channels, ...made] };
  });
  return { sensors, problems };
}

function addSource(
  sources: Map<string, Source>,
  { name, every }: SensorConfig,
  { name: channel, filters, ...measure }: ChannelConfig,
): void {
  const start = { sampling: { kind: "periodic", period: every ?? micros(0), heartbeat: micros(0) } as const, measure };
  sources.set(`${name}/${channel}`, { measure: placeFilters(filters, start).tapped.measure, every });
}

type Refuse = (path: readonly PropertyKey[], message: string) => void;

function settle(
  { name, derive, filters }: DerivedDraft,
  sensor: SensorConfig,
  sources: Map<string, Source>,
  refuse: Refuse,
): ChannelConfig | undefined {
  const formula = FORMULAS[derive.formula] ?? bug(`formula ${derive.formula}`);
  const written = inOrder(formula, derive.of, (path, message) => refuse(["derive", "of", ...path], message));
  if (written === undefined) return undefined;
  const inputs = written.map(({ input }) => (typeof input === "number" ? input : refOf(input, sensor.name)));
  const found = inputs.map((input) => (typeof input === "number" ? undefined : sources.get(`${input.sensor}/${input.channel}`)));
  const maxAge = inputs.map(
    (input) => derive.max_age ?? (typeof input === "number" || input.sensor === sensor.name ? micros(0) : OTHER_SENSOR),
  );

  let isWhole = true;
  written.forEach(({ key, input }, index) => {
    const problem = inputProblem(input, found[index], maxAge[index] ?? micros(0), [...sources.keys()], sensor.name);
    if (problem === undefined) return;
    isWhole = false;
    refuse(["derive", "of", key], problem);
  });
  if (!isWhole) return undefined;

  const prepared = formula.prepare(found.map((source) => source?.measure));
  if ("refuse" in prepared) {
    const at = prepared.input === undefined ? [] : ["of", written[prepared.input]?.key ?? ""];
    refuse(["derive", ...at], prepared.refuse);
    return undefined;
  }
  for (const { path, message } of listProblems(filters, sensor.every, prepared.measure)) refuse(["filters", ...path], message);
  return { name, ...prepared.measure, filters, derived: { formula: formula.name, inputs, maxAge, compute: prepared.compute } };
}

interface WrittenInput {
  readonly key: string | number;
  readonly input: string | number;
}

/** The inputs in the formula's order, however they were written; undefined where some are missing or too many. */
function inOrder(formula: Formula, of: DerivedDraft["derive"]["of"], refuse: Refuse): readonly WrittenInput[] | undefined {
  if (formula.inputs === undefined || Array.isArray(of)) {
    if (formula.inputs === undefined && Array.isArray(of)) return of.map((input, key) => ({ key, input }));
    refuse([], formula.inputs === undefined ? "expected a list of channels" : `expected a map with ${formula.inputs.join(", ")}`);
    return undefined;
  }
  const names = formula.inputs;
  const strangers = Object.keys(of).filter((key) => !names.includes(key));
  for (const key of strangers) refuse([key], `unknown input${didYouMean(key, names) || `; ${formula.name} takes ${names.join(", ")}`}`);
  const missing = names.filter((key) => !Object.hasOwn(of, key));
  if (missing.length > 0) refuse([], `${formula.name} also needs ${missing.join(", ")}`);
  return strangers.length + missing.length > 0 ? undefined : names.map((key) => ({ key, input: of[key] as string | number }));
}

function refOf(text: string, own: string): ChannelRef {
  const [sensor, ...channel] = text.includes("/") ? text.split("/") : [own, text];
  return { sensor: sensor ?? "", channel: channel.join("/") };
}

function inputProblem(
  input: string | number,
  source: Source | undefined,
  maxAge: Micros,
  all: readonly string[],
  own: string,
): string | undefined {
  if (typeof input === "number") return undefined;
  if (source === undefined) {
    const names = all.map((key) => (key.startsWith(`${own}/`) ? key.slice(own.length + 1) : key));
    return `expected a channel that is kept and stands before this one${didYouMean(input, names) || `: ${names.join(", ")}`}`;
  }
  const isOther = input.includes("/") && !input.startsWith(`${own}/`);
  if (!isOther || source.every === undefined || source.every <= maxAge) return undefined;
  return `its sensor is read every ${showDuration(source.every)}, and max_age is ${showDuration(maxAge)}: set max_age to at least that`;
}
