/**
 * process-use: what a process has taken of the machine, as the kernel counts it. Source: proc_pid_status(5), proc_pid_stat(5).
 */
import fs from "node:fs/promises";

export interface ProcessUse {
  /** Most resident memory so far, MiB. */
  readonly peakMb: number;
  /** All threads, user and system. */
  readonly cpuSeconds: number;
}

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export async function useOf(pid: number): Promise<ProcessUse> {
  const status = await fs.readFile(`/proc/${pid}/status`, "utf8");
  const [, peakKb = Number.NaN] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold anything: fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return { peakMb: Number(peakKb) / 1024, cpuSeconds: (user + system) / TICKS_PER_SECOND };
}
