/**
 * settings: a fault as a person asks for it, in three places with the same words.
 *
 * - In a config: `faults: { spike: 0.001, stuck: { rate: 0.01, for: 20m, channels: [humidity] } }`.
 * - On a command line: `--fault spike=0.001 --fault stuck=0.01,for=20m,channels=humidity`.
 * - In a script: a list, each with its `fault` (see `script.ts`).
 *
 * A number alone is the rate: the share of all readings that is concerned. `at` makes it happen once.
 */
import { z } from "zod";
import { duration, type EpochMicros, Fault, type Micros, unknownKey } from "../../protocol/index.ts";
import { type Profile, type Start, start } from "../waveforms/index.ts";
import type { FaultKind, FaultWords } from "./fault.ts";
import { FAULTS } from "./registry.ts";

const RATE = "expected a share of the readings, above 0 and at most 1, like 0.001";

/** What every fault may be told, beside its own options. */
export interface CommonSettings {
  readonly rate?: number | undefined;
  /** Happens once, from here on. */
  readonly at?: Start | undefined;
  /** Happens once, so long after the first reading. */
  readonly after?: Micros | undefined;
  readonly for?: Micros | undefined;
  readonly channels?: readonly string[] | undefined;
}

export interface PlannedFault<Kind extends FaultWords = FaultKind> {
  readonly kind: Kind;
  /** With its own options. */
  readonly settings: CommonSettings;
}

export type FaultMap = Readonly<Record<string, CommonSettings>>;

const rate = () => z.number(RATE).gt(0, RATE).lte(1, RATE);

/** The keys of one fault. `after` only where there is a first reading to count from. */
export function settingsOf({ own }: FaultWords, { counts }: { readonly counts: boolean }) {
  return {
    rate: rate().optional(),
    at: start().optional(),
    ...(counts && { after: duration().optional() }),
    for: duration().optional(),
    channels: z.array(z.string()).min(1).optional(),
    ...own,
  };
}

/** What must hold between the keys of one fault. */
export function hasOccasion({ rate, at, after }: CommonSettings): boolean {
  return rate !== undefined || at !== undefined || after !== undefined;
}

export const NO_OCCASION = "expected rate (a share of the readings) or at (an instant)";

/** As the `faults` of a config; the settings of each by its name. */
export function faultMap(kinds: readonly FaultKind[] = FAULTS) {
  const entries = kinds.map((kind) => {
    const long = z.strictObject(settingsOf(kind, { counts: false })).refine((given) => hasOccasion(given as CommonSettings), NO_OCCASION);
    const either = z.union([rate(), long]).transform((given) => (typeof given === "number" ? long.parse({ rate: given }) : given));
    return [kind.name, either.optional()] as const;
  });
  return z.strictObject(Object.fromEntries(entries)) as unknown as z.ZodType<FaultMap>;
}

/** In the order in which they happen to a reading. */
export function planned(map: FaultMap): readonly PlannedFault[] {
  return FAULTS.flatMap((kind) => {
    const settings = map[kind.name];
    return settings === undefined ? [] : [{ kind, settings }];
  });
}

/** Channels that are asked for and that the sensor does not have: `[fault, channel]`. */
export function strangers(plan: readonly PlannedFault[], { channels }: Profile): readonly (readonly [string, string])[] {
  const names = channels.map(({ name }) => name);
  return plan.flatMap(({ kind, settings }) =>
    (settings.channels ?? []).filter((each) => !names.includes(each)).map((each) => [kind.name, each] as const),
  );
}

/** One `--fault`, of these kinds. @throws Fault `bad_fault`, with what was expected. */
export function faultArgument<Kind extends FaultWords = FaultKind>(text: string, kinds: readonly Kind[]): PlannedFault<Kind> {
  const [first = "", ...rest] = text.split(",");
  const [name = "", rate] = first.split("=");
  const kind = kinds.find((each) => each.name === name);
  const refuse = (message: string) => {
    throw new Fault("bad_fault", `--fault ${text}: ${message}`, { hint: `for example --fault spike=0.001, or --fault stuck=0.01,for=20m` });
  };
  if (kind === undefined)
    return refuse(
      unknownKey(
        name,
        kinds.map((each) => each.name),
      ).replace("unknown key", "unknown fault"),
    );
  const given: Record<string, unknown> = rate === undefined ? {} : { rate: argumentValue("rate", rate) };
  for (const part of rest) {
    const [key = "", ...value] = part.split("=");
    given[key] = argumentValue(key, value.join("="));
  }
  const schema = z.strictObject(settingsOf(kind, { counts: true }));
  const parsed = schema.safeParse(given, {
    error: (issue) => (issue.code === "unrecognized_keys" ? unknown(issue.keys, schema) : undefined),
  });
  if (!parsed.success) {
    return refuse(
      parsed.error.issues.map(({ path, message }) => [path.join("."), message].filter((each) => each !== "").join(": ")).join("; "),
    );
  }
  const settings = parsed.data as CommonSettings;
  return hasOccasion(settings) ? { kind, settings } : refuse(`${NO_OCCASION}, such as ${name}=0.001`);
}

function unknown(keys: readonly string[], { shape }: { readonly shape: object }): string {
  return keys.map((key) => unknownKey(key, Object.keys(shape))).join("; ");
}

function argumentValue(key: string, text: string): unknown {
  if (key === "channels" || key === "chips" || key === "devices") return text.split("+");
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** What is found wrong with a plan, once the sensor is known. @throws Fault `unknown_channel`. */
export function refuseStrangers(plan: readonly PlannedFault[], profile: Profile): void {
  const [found] = strangers(plan, profile);
  if (found === undefined) return;
  const [fault, channel] = found;
  const names = profile.channels.map(({ name }) => name).join(", ");
  throw new Fault("unknown_channel", `${fault}: expected channels of ${profile.name}, got ${JSON.stringify(channel)}`, {
    hint: `there are ${names}`,
  });
}

/** When a fault of a script happens, where it happens once. */
export function beginOf({ at, after }: CommonSettings, first: EpochMicros, now: EpochMicros): number | undefined {
  if (at !== undefined) return "at" in at ? at.at : now - at.ago;
  return after === undefined ? undefined : first + after;
}
