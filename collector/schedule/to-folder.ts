/**
 * to-folder: a report as a file. Written beside its name, synced and renamed: who sees the file sees all of it, and
 * after a power cut too. A second attempt puts the same name in its place.
 */
import fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { Fault } from "../../protocol/index.ts";
import type { Deliver, Delivery } from "./delivery.ts";

export function toFolder(folder: string): Deliver {
  return async (delivery) => {
    const file = join(folder, delivery.fileName);
    try {
      await fs.mkdir(dirname(file), { recursive: true });
      await writeWhole(file, delivery);
    } catch (error) {
      throw writeFault(file, error);
    }
  };
}

async function writeWhole(file: string, { pieces }: Delivery): Promise<void> {
  const partial = `${file}.partial`;
  const handle = await fs.open(partial, "w");
  try {
    for await (const piece of pieces) await handle.writeFile(piece);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await fs.rm(partial, { force: true });
    throw error;
  }
  await handle.close();
  await fs.rename(partial, file);
  await syncFolder(dirname(file));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function writeFault(file: string, error: unknown): unknown {
  if (error instanceof Fault || !(error instanceof Error) || !("code" in error)) return error;
  return new Fault("cannot_write", `${file}: expected to write the report there, got ${String(error.code)}`, {
    retry: true,
    hint: "check the folder's owner and free space: ls -ld, df -h",
    cause: error,
  });
}
