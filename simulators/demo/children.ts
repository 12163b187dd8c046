/**
 * children: the programs the demo starts, each a process as a user would start it.
 *
 * - They run on the demo's own Node, with their words in log files, and get no Ctrl-C of the terminal: the demo
 *   ends them in order, by pid, SIGTERM first and SIGKILL after a grace.
 * - One that ends without being asked to aborts `signal` with a fault that shows its last lines.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import fs from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Clock, Fault, MICROS_PER_SECOND, micros } from "../../protocol/index.ts";
import type { Folder, ProgramName } from "./folder.ts";

const GRACE = micros(10 * MICROS_PER_SECOND);
const LAST_LINES = 12;
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

const BINS = {
  collector: fileURLToPath(new URL("../../collector/bin.js", import.meta.url)),
  agent: fileURLToPath(new URL("../../agent/bin.js", import.meta.url)),
};

interface Child {
  readonly name: ProgramName;
  readonly program: ChildProcess;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
}

export class Children {
  readonly #folder: Folder;
  readonly #clock: Clock;
  readonly #running = new Set<Child>();
  readonly #died = new AbortController();
  #isStopping = false;

  constructor(folder: Folder, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** Aborts when one of them ends unasked; the reason is the Fault `program_died`. */
  get signal(): AbortSignal {
    return this.#died.signal;
  }

  /** Starts `run` of the program with its config. @returns its pid. @throws Fault `cannot_start`. */
  async start(name: ProgramName): Promise<number> {
    const log = await fs.open(this.#folder.log(name), "a");
    try {
      const args = [name === "collector" ? BINS.collector : BINS.agent, "run", "--config", this.#folder.config(name)];
      const program = spawn(process.execPath, args, { cwd: this.#folder.path, detached: true, stdio: ["ignore", log.fd, log.fd] });
      await new Promise((resolve, reject) => program.once("spawn", resolve).once("error", reject));
      const ended = new Promise<string>((resolve) => {
        program.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
      });
      const child: Child = { name, program, ended };
      this.#running.add(child);
      void ended.then((how) => this.#gone(child, how));
      return program.pid ?? 0;
    } catch (error) {
      throw new Fault("cannot_start", `${name}: expected to start ${process.execPath}, got ${String(error)}`, { cause: error });
    } finally {
      await log.close();
    }
  }

  /** Ends all, the last started first. @returns in words which did not end in order; none is as it should be. */
  async stop(): Promise<string[]> {
    this.#isStopping = true;
    const disorders: string[] = [];
    for (const child of [...this.#running].reverse()) {
      const how = await this.#end(child);
      if (how !== "exit code 0") disorders.push(`${child.name} did not stop in order: ${how}`);
    }
    return disorders;
  }

  async #end({ name, program, ended }: Child): Promise<string> {
    program.kill("SIGTERM");
    const killed = this.#clock.after(`${name} stops`, GRACE, () => program.kill("SIGKILL"));
    const how = await ended;
    killed.cancel();
    return how;
  }

  async #gone(child: Child, how: string): Promise<void> {
    this.#running.delete(child);
    if (this.#isStopping) return;
    const log = this.#folder.log(child.name);
    const lines = (await fs.readFile(log, "utf8")).trimEnd().split("\n").slice(-LAST_LINES);
    const fault = new Fault(
      "program_died",
      `${child.name}: expected it to run on, but it ended with ${how}. Its last lines:\n\n  ${lines.join("\n  ")}\n`,
      {
        hint: `read ${log}; what was acknowledged is on the collector's disk, what was not is in the agents' spools`,
      },
    );
    this.#died.abort(fault);
  }
}

/** What a command of the collector prints. @throws Fault `command_failed` with what it said instead. */
export async function askCollector(args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [BINS.collector, ...args], { signal, maxBuffer: MOST_OUTPUT_BYTES });
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    throw new Fault("command_failed", `tributary-collector ${args.join(" ")}: expected an answer, got:\n${said}`, { cause: error });
  }
}
