/**
 * diagnose: examines the machine and the agent on it, whether the agent runs or not, and whether its config is right
 * or not.
 */
import { answerOf, configFinding, type Environment, examine, type Finding, green, isFault, type Machine } from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";
import { type AgentConfig, seriesCount } from "../config/config.ts";
import { admit } from "./patient.ts";
import { AGENT_CHECKS, MACHINE_CHECKS } from "./registry.ts";

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** Of the running agent; undefined where none answered. */
  readonly status: AgentStatus | undefined;
}

/** @param load reads the config; its faults are findings. */
export async function diagnose(load: () => Promise<AgentConfig>, environment: Environment, version: string): Promise<Diagnosis> {
  const { clock } = environment;
  const config = await answerOf(load());
  if (isFault(config)) {
    const machine: Machine = { root: "/", environment, version };
    return { findings: [configFinding(config), ...(await examine(MACHINE_CHECKS, machine, clock))], status: undefined };
  }
  const patient = admit(config, environment, version);
  const [ofMachine, ofAgent, running] = await Promise.all([
    examine(MACHINE_CHECKS, patient, clock),
    examine(AGENT_CHECKS, patient, clock),
    patient.running,
  ]);
  const { file, sensors } = config;
  const right = configFinding(green(`${file}: ${count(sensors.length, "sensor")}, ${count(seriesCount(config), "channel")}`));
  return { findings: [right, ...ofAgent, ...ofMachine], status: isFault(running) ? undefined : running };
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? "" : "s"}`;
}
