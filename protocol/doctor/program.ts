/**
 * program: what both doctors know of the program they examine: on which machine, whether it is at work, how it starts.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../environment.ts";
import { Fault, isFault } from "../faults.ts";
import { type Finding, type Judgement, red } from "./finding.ts";

/** What can be examined without a config. */
export interface Machine {
  /** `/`, or another tree that looks like it. */
  readonly root: string;
  readonly environment: Environment;
  readonly version: string;
}

/** The command that starts a program: of its service where that is installed, else `otherwise`. */
export function startCommand(root: string, program: "agent" | "collector", otherwise: string): string {
  const folders = ["etc/systemd/system", "lib/systemd/system", "usr/lib/systemd/system"];
  const isInstalled = folders.some((folder) => existsSync(join(root, folder, `tributary-${program}.service`)));
  return isInstalled ? `sudo systemctl start tributary-${program}` : otherwise;
}

/** What was asked of the running program, or why it did not answer: that is a finding, not an end. */
export async function answerOf<Answer>(asked: Promise<Answer>): Promise<Answer | Fault> {
  try {
    return await asked;
  } catch (error) {
    if (!isFault(error)) throw error;
    return error;
  }
}

/** Is nobody at work, for certain? Another user's program may be one that only does not answer us. */
export function isStopped(running: unknown): boolean {
  return running instanceof Fault && running.code === "not_running";
}

/** Of the config: in order, or why it could not be read. */
export function configFinding(judged: Judgement | Fault): Finding {
  if (!(judged instanceof Fault)) return { check: "config", ...judged };
  return { check: "config", ...red(`${judged.message}\nall that needs the config was not looked at`, judged.hint) };
}
