/**
 * write-new: puts a config where none is yet: nobody's own is lost, even where two write at once.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Fault, isTaken, writeWhole } from "../../protocol/index.ts";

/** @throws Fault `file_exists`, `file_unwritable`. */
export async function writeNew(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeWhole(file, text, { replaces: false });
  } catch (error) {
    throw faultOf(error, file);
  }
}

function faultOf(error: unknown, file: string): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  if (isTaken(error)) {
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
