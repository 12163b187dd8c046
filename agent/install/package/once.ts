/**
 * once: a package that is made once and then given again as long as nothing it is made of changed.
 *
 * For the runtime: a minute of compression for bytes that are the same for months.
 */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { type BuiltPackage, buildPackage, type PackageSource } from "./deb.ts";
import type { Workshop } from "./workshop.ts";

/** As `buildPackage`. What the tree holds must be told by the version of the package. */
export async function buildOnce(workshop: Workshop, source: PackageSource, out: string, work: string): Promise<BuiltPackage> {
  const { name, version, architecture, debian, variables } = source;
  const control = await readFile(path.join(debian, "control"), "utf8");
  const made = JSON.stringify([name, version, architecture, control, variables, workshop.epochSeconds]);
  const folder = path.join(workshop.cache, "packed", createHash("sha256").update(made).digest("hex").slice(0, 16));
  const kept = await readKept(folder);
  if (kept === undefined) await keep(workshop, source, folder, work);
  const built = kept ?? ((await readKept(folder)) as BuiltPackage);
  const given = { ...built, deb: path.join(out, path.basename(built.deb)), archive: path.join(out, path.basename(built.archive)) };
  await copyFile(built.deb, given.deb);
  await copyFile(built.archive, given.archive);
  return given;
}

/** The folder appears when it is whole. */
async function keep(workshop: Workshop, source: PackageSource, folder: string, work: string): Promise<void> {
  const half = path.join(workshop.scratch, "packed");
  await mkdir(half);
  await mkdir(path.dirname(folder), { recursive: true });
  const built = await buildPackage(workshop, source, half, work);
  await writeFile(path.join(half, "built.json"), JSON.stringify(built));
  await rename(half, folder);
}

async function readKept(folder: string): Promise<BuiltPackage | undefined> {
  const text = await readFile(path.join(folder, "built.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const built = JSON.parse(text) as BuiltPackage;
  return { ...built, deb: path.join(folder, path.basename(built.deb)), archive: path.join(folder, path.basename(built.archive)) };
}
