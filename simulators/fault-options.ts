/**
 * fault-options: `--fault` and `--script`, for every command that has faults.
 */
import { InvalidArgumentError, Option } from "commander";
import { isFault, showDuration } from "../protocol/index.ts";
import { FAULTS, faultArgument, loadScript, type PlannedFault } from "./faults/index.ts";

export function faultOption(): Option {
  return new Option("--fault <fault>", "what goes wrong, such as spike=0.001; may be given several times")
    .argParser((text: string, before: readonly PlannedFault[]) => [...before, parse(text)])
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
  const lines = FAULTS.map(
    ({ name, about, lasts }) => `  ${name.padEnd(14)}${about}${lasts === undefined ? "" : ` (for: ${showDuration(lasts)})`}`,
  );
  return `Faults (=RATE is the share of all readings concerned; ,for=5m ,channels=humidity+light and more behind it):
${lines.join("\n")}

A script (at = an instant, after = counted from the first reading; without both: by rate):
  faults:
    - { fault: spike, rate: 0.001 }
    - { fault: stuck, at: 2026-11-01T06:00:00Z, for: 30m, channels: [humidity] }
    - { fault: reboot, after: 2h }`;
}

function parse(text: string): PlannedFault {
  try {
    return faultArgument(text);
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new InvalidArgumentError(`${error.message}\n  -> ${error.hint ?? ""}`);
  }
}
