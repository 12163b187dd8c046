/**
 * machine: a tree that looks like `/` of a small machine, with or without what vouches for its clock.
 */
import fs from "node:fs";
import path from "node:path";
import type { TempDir } from "../../support/temp-dir.ts";

export interface Machine {
  readonly root: string;
  /** NTP synchronised, at another moment than any time before. */
  synchronise(): void;
  loseSynchronisation(): void;
}

type Hardware = "rtc" | "hypervisor" | "bare";

export function machine(dir: TempDir, hardware: Hardware): Machine {
  const root = dir.join(hardware);
  const flags = hardware === "hypervisor" ? "fpu hypervisor lm" : "fpu lm";
  put(root, "proc/cpuinfo", `processor\t: 0\nflags\t\t: ${flags}\n`);
  put(root, "proc/sys/kernel/random/boot_id", "5b8e4d4f-8a3c-4c53-9e3c-0123456789ab\n");
  if (hardware === "rtc") fs.mkdirSync(path.join(root, "sys/class/rtc/rtc0"), { recursive: true });
  let seconds = 1_000;
  const mark = path.join(root, "run/systemd/timesync/synchronized");
  return {
    root,
    synchronise() {
      put(root, "run/systemd/timesync/synchronized", "");
      fs.utimesSync(mark, seconds, ++seconds);
    },
    loseSynchronisation: () => fs.rmSync(mark),
  };
}

function put(root: string, file: string, content: string): void {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  fs.writeFileSync(path.join(root, file), content);
}
