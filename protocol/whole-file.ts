/**
 * whole-file: puts a file in its place whole or not at all.
 *
 * It is written in a folder beside its name and synced, then linked or renamed to it, and then the folder is synced: no
 * moment shows half a file, a power cut included, two that write at once do not write into each other's, and nothing
 * is left behind where it fails.
 */
import { link, mkdtemp, open, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

export type FileContent = string | Uint8Array | AsyncIterable<string | Uint8Array>;

export interface WholeFileOptions {
  /** May it take the place of a file that is there? */
  readonly replaces: boolean;
  /** Default: 0644. */
  readonly mode?: number;
}

/** @throws what the system says, or the content: see `isTaken` for a file that is there and may not be replaced. */
export async function writeWhole(file: string, content: FileContent, { replaces, mode = 0o644 }: WholeFileOptions): Promise<void> {
  const target = resolve(file);
  const folder = dirname(target);
  const scratch = await mkdtemp(join(folder, ".tributary-"));
  try {
    const whole = join(scratch, "whole");
    await synced(whole, "wx", mode, (handle) => handle.writeFile(content));
    await (replaces ? rename(whole, target) : link(whole, target));
    await synced(folder, "r", mode, async () => {});
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Did `writeWhole` leave a file as it was? */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "link" && "code" in error && error.code === "EEXIST";
}

async function synced(path: string, flags: string, mode: number, work: (handle: Awaited<ReturnType<typeof open>>) => Promise<void>) {
  const handle = await open(path, flags, mode);
  try {
    await work(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
