/**
 * open-files: whether this process may have as many connections open as a fleet needs. Each is a file to the kernel.
 */
import { readFileSync } from "node:fs";
import { Fault } from "../../protocol/index.ts";

/** For everything that is no connection: modules, pipes, a moment in which old and new connection are both there. */
const SLACK = 500;

/**
 * @param limits text of `/proc/self/limits` (proc_pid_limits(5)).
 * @returns the soft limit; Infinity where there is none, or it is not told.
 */
export function openFilesLimit(limits: string): number {
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(limits) ?? [];
  return soft === undefined || soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}

/** @throws Fault `too_few_open_files`, with what to type. */
export function checkOpenFiles(agents: number, limit = openFilesLimit(readLimits())): void {
  const needed = agents + SLACK;
  if (limit >= needed) return;
  throw new Fault("too_few_open_files", `--agents ${agents}: expected to be allowed ${needed} open files, got ${limit}`, {
    hint: `ulimit -n ${needed}, then again; or fewer agents: --agents ${Math.max(1, limit - SLACK)}. The collector needs as many (LimitNOFILE= of its service)`,
  });
}

function readLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return ""; // a system without /proc tells in its own way when a connection is refused
  }
}
