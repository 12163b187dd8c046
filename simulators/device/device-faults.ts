/**
 * device-faults: when the faults of a made-up device happen: by rate, or once, for each of its parts at its own times.
 */
import { type EpochMicros, Fault } from "../../protocol/index.ts";
import { type Circumstances, FAULTS, type FaultWords, type Occasions, occasionsOf, type PlannedFault } from "../faults/index.ts";
import { seedFor } from "../waveforms/index.ts";

/** What may be asked for of a part: its names, `chips=...` or `devices=...` in the words of the fault. */
interface PartSettings {
  readonly chips?: readonly string[];
  readonly devices?: readonly string[];
}

/** Faults of values, which every device may have: those of sensors that happen to single channels. */
export const OF_VALUES = FAULTS.filter(({ isOfChannels }) => isOfChannels === true);

/** Those of a plan that are of values. */
export function ofValues(plan: readonly PlannedFault<FaultWords>[]): readonly PlannedFault[] {
  return plan.flatMap(({ kind, settings }) => OF_VALUES.filter((each) => each.name === kind.name).map((own) => ({ kind: own, settings })));
}

/** @throws Fault `unknown_part`, where a fault names a part that the device does not have. */
export function refuseUnknownParts(plan: readonly PlannedFault<FaultWords>[], parts: readonly string[]): void {
  for (const { kind, settings } of plan) {
    const { chips, devices } = settings as PartSettings;
    const unknown = (chips ?? devices)?.find((name) => !parts.includes(name));
    if (unknown === undefined) continue;
    throw new Fault(
      "unknown_part",
      `--fault ${kind.name}: expected names of ${chips === undefined ? "devices" : "chips"}, got ${JSON.stringify(unknown)}`,
      {
        hint: `there are ${parts.join(", ")}`,
      },
    );
  }
}

/** Does this part have this fault now? */
export type HasFault = (fault: string, part: string, at: EpochMicros) => boolean;

export function deviceFaults(plan: readonly PlannedFault<FaultWords>[], circumstances: Circumstances): HasFault {
  const occasions = new Map<string, Occasions>();
  const of = (fault: PlannedFault<FaultWords>, index: number, part: string) => {
    const key = `${fault.kind.name} ${index} ${part}`;
    const found = occasions.get(key) ?? occasionsOf(fault, seedFor(circumstances.seed, key), circumstances);
    occasions.set(key, found);
    return found;
  };
  return (name, part, at) =>
    plan.some((fault, index) => {
      if (fault.kind.name !== name) return false;
      const { chips, devices } = fault.settings as PartSettings;
      return (chips ?? devices)?.includes(part) !== false && of(fault, index, part).at(at) !== undefined;
    });
}
