/**
 * write-new: puts a file where none is yet, whole or not at all.
 *
 * The text is written in a folder beside it and synced, then linked to its name, which fails where the name is taken: no
 * moment shows half a file and nobody's config is lost, even where two write at once. Then the folder is synced.
 */
import { link, mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Fault } from "../../protocol/index.ts";

/** @throws Fault `file_exists`, `file_unwritable`. */
export async function writeNew(file: string, text: string): Promise<void> {
  const target = resolve(file);
  const folder = dirname(target);
  let scratch: string | undefined;
  try {
    await mkdir(folder, { recursive: true });
    scratch = await mkdtemp(join(folder, ".tributary-"));
    const whole = join(scratch, "whole");
    await synced(whole, "wx", (handle) => handle.writeFile(text));
    await link(whole, target);
    await synced(folder, "r", async () => {});
  } catch (error) {
    throw faultOf(error, file);
  } finally {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  }
}

async function synced(path: string, flags: string, work: (handle: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> {
  const handle = await open(path, flags, 0o644);
  try {
    await work(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function faultOf(error: unknown, file: string): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  if (error.syscall === "link" && error.code === "EEXIST") {
    return new Fault("file_exists", `${file}: expected no file there yet, got one; it was left as it is`, {
      hint: "write to another name and compare, or move the old one away",
      cause: error,
    });
  }
  return new Fault("file_unwritable", `${file}: expected to write it, got ${error.code}`, {
    hint: "choose a folder of yours, or run it with sudo",
    cause: error,
  });
}
