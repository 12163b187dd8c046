/**
 * doctor: what is wrong with this collector and its machine, and what to type against it; `--bundle` packs it for
 * somebody else.
 */
import {
  type BundleParts,
  describeFindings,
  type Environment,
  EXIT,
  isoInstant,
  readWrittenConfig,
  softwareOf,
  summarise,
  verdictOf,
  writeBundle,
} from "../../protocol/index.ts";
import type { CollectorConfig } from "../config/config.ts";
import { type Diagnosis, diagnose } from "../doctor/diagnose.ts";

export interface DoctorCommand {
  /** Path of the config file; undefined = every default. */
  readonly config?: string;
  readonly json: boolean;
  /** Where to write the bundle; undefined = none. */
  readonly bundle?: string;
  /** A bundle may take the place of a file. */
  readonly force: boolean;
}

export interface DoctorPlace {
  readonly environment: Environment;
  readonly version: string;
  /** `/`, or another tree that looks like it. */
  readonly root: string;
  readonly isColored: boolean;
  load(): Promise<CollectorConfig>;
  print(text: string): void;
}

export interface DoctorOutcome {
  /** 0 = green or yellow, 1 = something is red. */
  readonly code: number;
  /** Something that was asked hangs, and would keep this process from ending. */
  readonly isHanging: boolean;
}

/** @throws Fault of `writeBundle`. */
export async function doctorCommand(command: DoctorCommand, place: DoctorPlace): Promise<DoctorOutcome> {
  const { environment, version, root, print } = place;
  const diagnosis = await diagnose(place.load, { environment, version, root });
  const { findings } = diagnosis;
  const verdict = verdictOf(findings);
  if (!command.json) print(describeFindings(findings, place.isColored));
  const { bundle: file, force } = command;
  const packed = file === undefined ? undefined : await writeBundle(await partsOf(diagnosis, command.config, place), { file, force });
  if (command.json) print(`${JSON.stringify({ ok: verdict !== "red", verdict, findings, bundle: file }, null, 2)}\n`);
  else if (packed !== undefined) print(`\n${packed}`);
  return { code: verdict === "red" ? EXIT.failed : EXIT.done, isHanging: findings.some(({ hung }) => hung === true) };
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
