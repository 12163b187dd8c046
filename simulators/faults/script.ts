/**
 * script: faults from a YAML file: which, when, for how long.
 *
 *     faults:
 *       - { fault: spike, rate: 0.001 }                                          # now and then
 *       - { fault: stuck, at: 2026-11-01T06:00:00Z, for: 30m, channels: [humidity] }   # once
 *       - { fault: reboot, after: 2h }                                           # once, counted from the first reading
 */
import { z } from "zod";
import { loadConfig } from "../../protocol/index.ts";
import { FAULTS } from "./registry.ts";
import { type CommonSettings, hasOccasion, NO_OCCASION, type PlannedFault, settingsOf } from "./settings.ts";

/** A script is written by a person; each of its faults costs time at every reading. */
const MOST_FAULTS = 1_000;

const entry = z.discriminatedUnion(
  "fault",
  FAULTS.map((kind) => {
    const keys = z.strictObject({ fault: z.literal(kind.name), ...settingsOf(kind, { counts: true }) });
    return keys.refine((given) => hasOccasion(given as CommonSettings), NO_OCCASION);
  }) as unknown as [z.ZodDiscriminatedUnion],
  `expected one of ${FAULTS.map(({ name }) => name).join(", ")}`,
) as unknown as z.ZodType<CommonSettings & { readonly fault: string }>;

const script = z.strictObject({ faults: z.array(entry).min(1).max(MOST_FAULTS) });

/** @throws Fault of `loadConfig`, with line and column. */
export async function loadScript(file: string): Promise<readonly PlannedFault[]> {
  const { faults } = await loadConfig(file, script, {});
  return FAULTS.flatMap((kind) => faults.filter(({ fault }) => fault === kind.name).map((settings) => ({ kind, settings })));
}
