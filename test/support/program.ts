/**
 * program: a program of ours as a real process, with its output kept; it is ended by its pid, at the latest together with
 * the process that started it. Nothing waits by sleeping: one waits for a line or for the end, and is told all output
 * where it waits in vain.
 *
 * It runs on the Node that started it. Where TRIBUTARY_PROGRAMS names a folder with the packages' files, laid out as on a
 * device, agent and collector are started by their launchers there: the same tests then judge what is shipped.
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { ROOT } from "./project-files.ts";

export interface Ended {
  /** Exit code, or null after a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** stdout and stderr so far, in the order in which they came. */
  output(): string;
  /** stdout alone. */
  stdout(): string;
  /** The first line of output, past or to come, that matches. Rejects when the program ends or `limitMs` passes without one. */
  line(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
  /** Sends the signal (default SIGKILL) and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<Ended>;
}

export interface Launch {
  /** Script first: `["collector/main.ts", "run"]`. */
  readonly args: readonly string[];
  /** Default: the repository's root. */
  readonly cwd?: string;
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the tests' Node. */
  readonly command?: string;
}

const running = new Set<Program>();
process.once("exit", () => {
  for (const { pid } of running) process.kill(pid, "SIGKILL");
});

/** Those that have not ended yet. */
export function runningPrograms(): readonly Program[] {
  return [...running];
}

/** Starts a program; resolves when the process exists. */
export async function launchProgram({ cwd = ROOT, env = {}, ...launch }: Launch): Promise<Program> {
  const { command, args } = asShipped(launch);
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} has no pid`);

  let all = "";
  let out = "";
  const watchers = new Set<() => void>();
  const heard = (chunk: string) => {
    all += chunk;
    for (const watch of [...watchers]) watch();
  };
  child.stderr.setEncoding("utf8").on("data", heard);
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
    heard(chunk);
  });

  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => {
      running.delete(program);
      resolve({ code, signal });
    });
  });
  const program: Program = {
    pid,
    ended,
    output: () => all,
    stdout: () => out,
    line: (pattern, limitMs = 30_000) => awaitLine({ pattern, limitMs, output: () => all, watchers, ended }),
    kill(signal = "SIGKILL") {
      child.kill(signal); // of this child alone; nothing happens where it has ended
      return ended;
    },
    [Symbol.asyncDispose]: async () => void (await program.kill()),
  };
  running.add(program);
  return program;
}

/** The launcher of the packages in place of a source, where the tests are to judge the packages. */
function asShipped({ command, args }: Launch): { command: string; args: readonly string[] } {
  const [, program] = /(?:^|\/)(agent|collector)\/bin\.js$/.exec(args[0] ?? "") ?? [];
  const packages = process.env.TRIBUTARY_PROGRAMS;
  if (command !== undefined || program === undefined || packages === undefined) return { command: command ?? process.execPath, args };
  return { command: path.join(packages, `usr/bin/tributary-${program}`), args: args.slice(1) };
}

interface Watch {
  readonly pattern: RegExp;
  readonly limitMs: number;
  readonly output: () => string;
  readonly watchers: Set<() => void>;
  readonly ended: Promise<Ended>;
}

function awaitLine({ pattern, limitMs, output, watchers, ended }: Watch): Promise<RegExpExecArray> {
  const search = new RegExp(pattern.source, pattern.flags.replace("g", ""));
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(limit);
      watchers.delete(look);
      finish();
    };
    const look = () => {
      const lines = output().split("\n").slice(0, -1); // whole lines only
      const found = lines.map((line) => search.exec(line)).find((match) => match !== null);
      if (found != null) settle(() => resolve(found));
    };
    const vain = (why: string) => settle(() => reject(new Error(`no line matched ${pattern} ${why}; output:\n${output()}`)));
    const limit = setTimeout(() => vain(`within ${limitMs} ms`), limitMs);
    watchers.add(look);
    ended.then(({ code, signal }) => {
      look();
      vain(`before the program ended (code ${code}, signal ${signal})`);
    }, reject);
    look();
  });
}
