/**
 * doctor: what is wrong on this machine, and what to type against it; `--bundle` packs it for somebody else.
 */
import {
  type BundleParts,
  type DoctorOutcome,
  type DoctorQuestion,
  type DoctorTerminal,
  type Environment,
  isFault,
  isoInstant,
  queryResting,
  readDatabaseHeader,
  readWrittenConfig,
  softwareOf,
  summarise,
  tellFindings,
} from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";
import type { AgentConfig } from "../config/config.ts";
import { type Diagnosis, diagnose } from "../doctor/diagnose.ts";

export interface DoctorCommand extends DoctorQuestion {
  /** Path of the config file. */
  readonly config: string;
}

export interface DoctorPlace extends DoctorTerminal {
  readonly environment: Environment;
  readonly version: string;
  load(): Promise<AgentConfig>;
}

/** @throws Fault of `writeBundle`. */
export async function doctorCommand(command: DoctorCommand, place: DoctorPlace): Promise<DoctorOutcome> {
  const { environment, version } = place;
  const diagnosis = await diagnose(place.load, environment, version);
  return tellFindings(diagnosis.findings, command, () => partsOf(diagnosis, command.config, place), place);
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
