/**
 * to-folder: a report as a file: who sees it sees all of it, and after a power cut too. A second attempt takes its place.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Fault, writeWhole } from "../../protocol/index.ts";
import type { Deliver } from "./delivery.ts";

export function toFolder(folder: string): Deliver {
  return async (delivery) => {
    const file = join(folder, delivery.fileName);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeWhole(file, delivery.pieces, { replaces: true });
    } catch (error) {
      throw writeFault(file, error);
    }
  };
}

function writeFault(file: string, error: unknown): unknown {
  if (error instanceof Fault || !(error instanceof Error) || !("code" in error)) return error;
  return new Fault("cannot_write", `${file}: expected to write the report there, got ${String(error.code)}`, {
    retry: true,
    hint: "check the folder's owner and free space: ls -ld, df -h",
    cause: error,
  });
}
