/**
 * open-collector: a whole collector inside the test's process, on free ports, with its clock in the test's hand.
 */
import fs from "node:fs/promises";
import { startCollector } from "../../collector/collector.ts";
import { loadCollectorConfig } from "../../collector/config/load.ts";
import type { AgentAccount } from "../../collector/ingest/account.ts";
import { epochMicros, MICROS_PER_DAY } from "../../protocol/index.ts";
import { type ManualClock, manualClock, NEW_YEAR_2026 } from "../support/manual-clock.ts";
import { type QuietLog, quietLog } from "../support/quiet-log.ts";
import { seededRandom } from "../support/seeded-random.ts";
import type { TempDir } from "../support/temp-dir.ts";

/** 2026-12-01: a time after the build, so that a clock that is vouched for is trusted. */
export const DECEMBER = epochMicros(NEW_YEAR_2026 + 334 * MICROS_PER_DAY);

export interface Status {
  readonly clock_trusted: boolean;
  readonly refused: Readonly<Record<string, number>>;
  readonly quarantine: readonly { readonly agent: string; readonly reason: string; readonly count: number }[];
}

export interface OpenCollector extends AsyncDisposable {
  readonly url: string;
  readonly clock: ManualClock;
  readonly log: QuietLog;
  /** What the parts reported as a bug; the real process would have ended. */
  readonly bugs: readonly unknown[];
  status(): Promise<Status>;
  account(agent: string): Promise<AgentAccount | undefined>;
}

export interface OpenOptions {
  /** Default: `data` in `dir`. */
  readonly data?: string;
  readonly port?: number;
  readonly isClockTrusted?: boolean;
}

export async function openCollector(
  dir: TempDir,
  { data = dir.join("data"), port = 0, isClockTrusted = true }: OpenOptions = {},
): Promise<OpenCollector> {
  const file = dir.join("collector.yaml");
  const root = dir.join("machine");
  await fs.mkdir(`${root}/run/systemd/timesync`, { recursive: true });
  const mark = `${root}/run/systemd/timesync/synchronized`;
  if (isClockTrusted) await fs.writeFile(mark, "");
  else await fs.rm(mark, { force: true });
  await fs.writeFile(
    file,
    `listen: { mqtt: "127.0.0.1:${port}", http: "127.0.0.1:0" }\nhttp_without_token: loopback\ndata: ${data}\ncontrol: ${dir.join("collector.sock")}\n`,
  );
  const config = await loadCollectorConfig(file, {});
  const clock = manualClock({ wall: DECEMBER });
  const log = quietLog();
  const bugs: unknown[] = [];
  const environment = { clock: clock.clock, log, random: seededRandom("collector", 1) };
  const collector = await startCollector({ config, environment, root, onBug: (error) => bugs.push(error) });
  const ask = async (what: string) => (await fetch(`${collector.httpUrl}/api/v1/${what}`)).json();
  return {
    url: collector.mqttUrl,
    clock,
    log,
    bugs,
    status: async () => (await ask("status")) as Status,
    account: async (agent) => ((await ask("accounting")) as AgentAccount[]).find((entry) => entry.agent === agent),
    [Symbol.asyncDispose]: () => collector.stop(),
  };
}
