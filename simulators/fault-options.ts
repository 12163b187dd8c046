/**
 * fault-options: `--fault` and `--script`, for every command that has faults.
 */
import { InvalidArgumentError, Option } from "commander";
import { isFault, showDuration } from "../protocol/index.ts";
import { FAULTS, type FaultWords, faultArgument, loadScript, type PlannedFault } from "./faults/index.ts";

/** @param kinds those that may be asked for. @param example one of them. */
export function faultOption(kinds: readonly FaultWords[] = FAULTS, example = "spike=0.001"): Option {
  return new Option("--fault <fault>", `what goes wrong, such as ${example}; may be given several times`)
    .argParser((text: string, before: readonly PlannedFault<FaultWords>[]) => [...before, parse(text, kinds)])
    .default([], "none");
}

export function scriptOption(): Option {
  return new Option("--script <file>", "what goes wrong and when, from a YAML file");
}

/** What was asked for by both, in the order in which it happens to a reading. @throws Fault of `loadScript`. */
export async function planOf({ fault, script }: { readonly fault: readonly PlannedFault[]; readonly script?: string }) {
  const all = [...fault, ...(script === undefined ? [] : await loadScript(script))];
  return FAULTS.flatMap((kind) => all.filter((each) => each.kind === kind));
}

export function faultsHelp(): string {
  return `Faults (=RATE is the share of all readings concerned; ,for=5m ,channels=humidity+light and more behind it):
${faultLines(FAULTS)}

A script (at = an instant, after = counted from the first reading; without both: by rate):
  faults:
    - { fault: spike, rate: 0.001 }
    - { fault: stuck, at: 2026-11-01T06:00:00Z, for: 30m, channels: [humidity] }
    - { fault: reboot, after: 2h }`;
}

export function faultLines(kinds: readonly FaultWords[]): string {
  return kinds
    .map(({ name, about, lasts }) => `  ${name.padEnd(14)}${about}${lasts === undefined ? "" : ` (for: ${showDuration(lasts)})`}`)
    .join("\n");
}

function parse<Kind extends FaultWords>(text: string, kinds: readonly Kind[]): PlannedFault<Kind> {
  try {
    return faultArgument(text, kinds);
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new InvalidArgumentError(`${error.message}\n  -> ${error.hint ?? ""}`);
  }
}
