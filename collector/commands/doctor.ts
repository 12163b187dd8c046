/**
 * doctor: what is wrong with this collector and its machine, and what to type against it; `--bundle` packs it for
 * somebody else.
 */
import {
  type BundleParts,
  type DoctorOutcome,
  type DoctorQuestion,
  type DoctorTerminal,
  type Environment,
  isoInstant,
  readWrittenConfig,
  softwareOf,
  summarise,
  tellFindings,
} from "../../protocol/index.ts";
import type { CollectorConfig } from "../config/config.ts";
import { type Diagnosis, diagnose } from "../doctor/diagnose.ts";

export interface DoctorCommand extends DoctorQuestion {
  /** Path of the config file; undefined = every default. */
  readonly config?: string;
}

export interface DoctorPlace extends DoctorTerminal {
  readonly environment: Environment;
  readonly version: string;
  /** `/`, or another tree that looks like it. */
  readonly root: string;
  load(): Promise<CollectorConfig>;
}

/** @throws Fault of `writeBundle`. */
export async function doctorCommand(command: DoctorCommand, place: DoctorPlace): Promise<DoctorOutcome> {
  const { environment, version, root } = place;
  const diagnosis = await diagnose(place.load, { environment, version, root });
  return tellFindings(diagnosis.findings, command, () => partsOf(diagnosis, command.config, place), place);
}

async function partsOf(
  { findings, answers }: Diagnosis,
  file: string | undefined,
  { environment, version }: DoctorPlace,
): Promise<BundleParts> {
  const faults = answers?.about.recent_faults ?? [];
  const none = "none: no collector answers";
  return {
    made: { content: isoInstant(environment.clock.wall()), about: "when, by this machine's clock" },
    versions: { content: softwareOf("tributary-collector", version), about: "of the collector, Node and the system" },
    config: {
      content: file === undefined ? null : await readWrittenConfig(file),
      about: file === undefined ? "none, every default" : `${file} as it is written, without comments and secrets`,
    },
    doctor: { content: findings, about: summarise(findings) },
    faults: { content: faults, about: `${faults.length} warnings and errors of the running collector` },
    counters: { content: answers?.accounts ?? null, about: answers === undefined ? none : "the account of each agent" },
    agents: { content: answers?.agents ?? null, about: answers === undefined ? none : `${answers.agents.length} agents` },
    status: { content: answers?.about ?? null, about: answers === undefined ? none : "of the running collector" },
  };
}
