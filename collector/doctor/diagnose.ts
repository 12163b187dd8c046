/**
 * diagnose: examines the machine and the collector on it, whether it runs or not, and whether its config is right or
 * not.
 */
import { answerOf, configFinding, examine, type Finding, green, isFault, type Machine } from "../../protocol/index.ts";
import type { CollectorConfig } from "../config/config.ts";
import { type Answers, admit } from "./patient.ts";
import { COLLECTOR_CHECKS, MACHINE_CHECKS } from "./registry.ts";

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** Of the running collector; undefined where none answered. */
  readonly answers: Answers | undefined;
}

/** @param load reads the config; its faults are findings. */
export async function diagnose(load: () => Promise<CollectorConfig>, machine: Machine): Promise<Diagnosis> {
  const { clock } = machine.environment;
  const config = await answerOf(load());
  if (isFault(config)) return { findings: [configFinding(config), ...(await examine(MACHINE_CHECKS, machine, clock))], answers: undefined };
  const patient = admit(config, machine);
  const [ofMachine, ofCollector, running] = await Promise.all([
    examine(MACHINE_CHECKS, machine, clock),
    examine(COLLECTOR_CHECKS, patient, clock),
    patient.running,
  ]);
  const right = configFinding(green(`${config.file ?? "no file, every default"}; data in ${config.data}`));
  return { findings: [right, ...ofCollector, ...ofMachine], answers: isFault(running) ? undefined : running };
}
