/**
 * doctor: what is wrong on this machine, and what to type against it; `--bundle` packs it for somebody else.
 */
import {
  type BundleParts,
  describeFindings,
  type Environment,
  EXIT,
  isFault,
  isoInstant,
  queryResting,
  readDatabaseHeader,
  readWrittenConfig,
  softwareOf,
  summarise,
  verdictOf,
  writeBundle,
} from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";
import type { AgentConfig } from "../config/config.ts";
import { type Diagnosis, diagnose } from "../doctor/diagnose.ts";

export interface DoctorCommand {
  /** Path of the config file. */
  readonly config: string;
  readonly json: boolean;
  /** Where to write the bundle; undefined = none. */
  readonly bundle?: string;
  /** A bundle may take the place of a file. */
  readonly force: boolean;
}

export interface DoctorPlace {
  readonly environment: Environment;
  readonly version: string;
  readonly isColored: boolean;
  load(): Promise<AgentConfig>;
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
  const { environment, version, print } = place;
  const diagnosis = await diagnose(place.load, environment, version);
  const { findings } = diagnosis;
  const verdict = verdictOf(findings);
  if (!command.json) print(describeFindings(findings, place.isColored));
  const { bundle: file, force } = command;
  const packed = file === undefined ? undefined : await writeBundle(await partsOf(diagnosis, command.config, place), { file, force });
  if (command.json) print(`${JSON.stringify({ ok: verdict !== "red", verdict, findings, bundle: file }, null, 2)}\n`);
  else if (packed !== undefined) print(`\n${packed}`);
  return { code: verdict === "red" ? EXIT.failed : EXIT.done, isHanging: findings.some(({ hung }) => hung === true) };
}

async function partsOf({ findings, status }: Diagnosis, file: string, { environment, version, load }: DoctorPlace): Promise<BundleParts> {
  const counters = status === undefined ? await restingCounters(load) : { account: status.account, sensors: talliesOf(status) };
  const faults = faultsOf(status);
  return {
    made: { content: isoInstant(environment.clock.wall()), about: "when, by this machine's clock" },
    versions: { content: softwareOf("tributary-agent", version), about: "of the agent, Node and the system" },
    config: { content: await readWrittenConfig(file), about: `${file} as it is written, without comments and secrets` },
    doctor: { content: findings, about: summarise(findings) },
    faults: { content: faults, about: `${faults.length} warnings and errors of the running agent` },
    counters: { content: counters ?? null, about: counters === undefined ? "none could be read" : "the account, sensor by sensor" },
    status: { content: status ?? null, about: status === undefined ? "none: no agent answers" : "of the running agent" },
  };
}

function talliesOf({ sensors }: AgentStatus): unknown {
  return Object.fromEntries(sensors.map(({ name, tally }) => [name, tally]));
}

function faultsOf(status: AgentStatus | undefined): readonly unknown[] {
  const now = (status?.sensors ?? []).flatMap(({ name, fault }) => (fault === undefined ? [] : [{ sensor: name, ...fault }]));
  return [...(status?.recentFaults ?? []), ...now];
}

/** Of a stopped agent: what its spool keeps. Undefined where that cannot be read without leaving a trace. */
async function restingCounters(load: () => Promise<AgentConfig>): Promise<unknown> {
  try {
    const { path } = (await load()).spool;
    const header = await readDatabaseHeader(path);
    if (header === undefined || header.logBytes > 0) return undefined;
    const rows = await queryResting<{ readonly key: string; readonly value: string }>(path, "SELECT key, value FROM meta");
    const values = new Map(rows.map(({ key, value }) => [key, value]));
    return { sealed: Number(values.get("sealed") ?? 0), lost: Number(values.get("lost") ?? 0), sensors: savedTallies(values.get("state")) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return undefined; // already a finding
  }
}

/** Null where the saved state is damaged: the agent finds that by its checksum, and starts from an older one. */
function savedTallies(state = "{}"): unknown {
  try {
    return (JSON.parse(state) as { readonly tallies?: unknown }).tallies ?? null;
  } catch {
    return null;
  }
}
