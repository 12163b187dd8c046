/**
 * small-disk: a disk of a few MiB in RAM, to be filled to the last byte.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Leaves not a byte free. */
  fill(): void;
  empty(): void;
}

/** Mounts it at `disk` in the folder. Undefined where this user may not mount one. */
export function smallDisk(folder: string, size: string): SmallDisk | undefined {
  const disk = path.join(folder, "disk");
  fs.mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk], { stdio: "pipe" });
  } catch {
    return undefined;
  }
  const ballast = path.join(disk, "ballast");
  return {
    path: disk,
    fill() {
      const file = fs.openSync(ballast, "a");
      try {
        for (;;) fs.writeSync(file, new Uint8Array(4_096));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        fs.closeSync(file);
      }
    },
    empty: () => fs.rmSync(ballast, { force: true }),
    [Symbol.asyncDispose]: async () => void execFileSync("umount", ["--lazy", disk]),
  };
}
