/**
 * find-files: what `path` means: one file, all files of a folder, or a pattern such as `logs/*.csv`.
 *
 * Files are read in the order of their names, compared by code unit, so the order is the same everywhere.
 * Files that begin with a dot are left out of a folder: editors and copy programs leave such.
 */
import { glob, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Fault, isFault } from "../../../protocol/index.ts";
import { deviceFault } from "../contract.ts";

/**
 * The files there are now, in order; at least one.
 * @throws Fault `file_missing` where there is none.
 */
export async function findFiles(path: string): Promise<readonly string[]> {
  const files = await listFiles(path);
  if (files.length > 0) return files;
  throw new Fault("file_missing", `${path}: expected at least one file there, found none`, {
    hint: "check `path`; the sensor starts as soon as the file is there",
  });
}

/** The files there are now, in order; perhaps none. */
export async function listFiles(path: string): Promise<readonly string[]> {
  const found = /[*?[{]/.test(path) ? await matches(path) : await namedBy(path);
  return found.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
}

async function matches(pattern: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of glob(pattern, { withFileTypes: true })) {
    if (entry.isFile() || entry.isSymbolicLink()) found.push(join(entry.parentPath, entry.name));
  }
  return found;
}

async function namedBy(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith(".")).map((entry) => join(path, entry.name));
  } catch (error) {
    const fault = deviceFault(error, path);
    if (isFault(fault, "device_missing")) return [];
    throw fault;
  }
}
