/**
 * tree: the files of a package, laid out in a folder as they will be in the root of a device.
 *
 * Modes are set whatever the umask is, folders are 0755: the same input gives the same package on every machine.
 */
import { chmod, copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/** Path without the leading slash -> what is there. */
export type Tree = Readonly<Record<string, TreeFile>>;

export interface TreeFile {
  /** The text itself, or the file to copy. */
  readonly content: string | { readonly file: string };
  /** Default: 0644. */
  readonly mode?: number;
}

/** Lays a tree out in an emptied folder. */
export async function layOut(tree: Tree, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await addTo(tree, folder);
}

/** Lays a tree out in a folder that may hold others. */
export async function addTo(tree: Tree, folder: string): Promise<void> {
  for (const [name, { content, mode = 0o644 }] of Object.entries(tree)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    if (typeof content === "string") await writeFile(file, content);
    else await copyFile(content.file, file);
    await chmod(file, mode);
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) await chmod(path.join(entry.parentPath, entry.name), 0o755);
  await chmod(folder, 0o755);
}
