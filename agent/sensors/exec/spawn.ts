/**
 * spawn: a command as a process group of its own, so that it can be ended with everything it started.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { signalGroup } from "../../../protocol/index.ts";
import type { ExecOptions } from "./options.ts";

export type Child = ChildProcessByStdio<null, Readable, Readable>;

export function spawnCommand({ command = [], shell, folder }: ExecOptions): Child {
  const [program = "/bin/sh", ...args] = shell === undefined ? command : ["/bin/sh", "-c", shell];
  return spawn(program, args, { cwd: folder, detached: true, stdio: ["ignore", "pipe", "pipe"] });
}

/** Signals the command and what it started, while the command lives: its number may be another's later. */
export function endGroup(child: Child, signal: "SIGTERM" | "SIGKILL"): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) signalGroup(child.pid, signal);
}

/** What a command started ends with it: it would keep its output open. */
export function endRestAtExit(child: Child): void {
  const { pid } = child;
  child.once("exit", () => {
    if (pid !== undefined) signalGroup(pid, "SIGKILL");
  });
}

/** The last line of what it says on stderr: enough to tell what went wrong. */
export function lastWords(child: Child): () => string {
  let end = "";
  child.stderr.on("data", (piece: Buffer) => {
    end = (end + piece.toString("utf8")).slice(-1_000);
  });
  return () => end.trim().split("\n").at(-1)?.slice(-200) ?? "";
}
