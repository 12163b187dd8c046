/**
 * pi: a tree that looks like `/` of a Raspberry Pi, and an agent's config on it; each test puts in what it is about.
 */
import fs from "node:fs";
import path from "node:path";
import type { AgentStatus } from "../../../agent/agent.ts";
import type { AgentConfig } from "../../../agent/config/config.ts";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import { admit, type Patient } from "../../../agent/doctor/patient.ts";
import {
  BUILD_DATE,
  type Check,
  type Environment,
  epochMicros,
  examine,
  type Finding,
  type Machine,
  MICROS_PER_DAY,
  systemClock,
  systemRandom,
} from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

export interface Pi extends AsyncDisposable {
  readonly dir: TempDir;
  /** Path of the tree. */
  readonly root: string;
  /** Writes a file of the tree. */
  put(file: string, content: string): void;
  /** Reads the config: `agent: box`, its spool in `dir`. Each line of `more` is a top-level key; `sensors` is a YAML list. */
  config(options?: {
    readonly more?: string;
    readonly spool?: string;
    readonly sensors?: string;
    readonly collector?: string;
  }): Promise<AgentConfig>;
}

const AIR = "[{ name: air, driver: simulated, profile: greenhouse, every: 1s }]";
/** Real time, for what does real I/O. */
const REAL: Environment = { clock: systemClock, random: systemRandom, log: quietLog() };

/** A day after this version was made. */
const TOMORROW = epochMicros(BUILD_DATE + MICROS_PER_DAY);

export async function pi(): Promise<Pi> {
  const dir = await tempDir();
  const root = dir.join("root");
  const put = (file: string, content: string) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), content);
  };
  put("proc/cpuinfo", "processor\t: 0\n");
  put("proc/sys/kernel/random/boot_id", "5b8e4d4f-8a3c-4c53-9e3c-0123456789ab\n");
  return {
    dir,
    root,
    put,
    async config({
      more = "",
      spool = "{ path: ./box.db, keep_free: 1MB, max_size: 10MB }",
      sensors = AIR,
      collector = "mqtt://127.0.0.1:1",
    } = {}) {
      const file = dir.join("box.yaml");
      const head = `agent: box\ncollector: ${collector}\nspool: ${spool}\ncontrol: ./box.sock\nroot: ./root\n`;
      fs.writeFileSync(file, `${head}${more}\nsensors: ${sensors}\n`);
      return loadAgentConfig(file, {});
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** What one check finds on the machine. */
export async function examined(check: Check<Machine>, { root }: Pi): Promise<readonly Finding[]> {
  return examine([check], { root, environment: REAL, version: "1.0.0" }, systemClock);
}

/** What one check finds about an agent with this config; the wall clock shows `wall`. */
export async function examinedAgent(check: Check<Patient>, config: AgentConfig, wall = TOMORROW): Promise<readonly Finding[]> {
  const { clock } = manualClock({ wall });
  const environment = { ...REAL, clock: { ...systemClock, wall: () => clock.wall() } };
  return examine([check], admit(config, environment, "1.0.0"), systemClock);
}

/** What one check finds where the running agent answers so. */
export async function examinedRunning(check: Check<Patient>, config: AgentConfig, status: AgentStatus): Promise<readonly Finding[]> {
  return examine([check], { ...admit(config, REAL, "1.0.0"), running: Promise.resolve(status) }, systemClock);
}
