/**
 * project-files: the files of this project as git sees them, and a copy of the whole project to try things on.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

/** The repository's root folder. */
export const ROOT = path.resolve(import.meta.dirname, "../..");

/** The absolute path of a file of the project. */
export function inProject(...parts: readonly string[]): string {
  return path.join(ROOT, ...parts);
}

/** Every file that is tracked or would be, relative to the root, sorted. Deleted ones are left out. */
export function projectFiles(): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" });
  const files = new Set(listed.split("\0").filter((file) => file !== "" && fs.existsSync(inProject(file))));
  return [...files].sort();
}

/** Copies files of the project into `target` and links node_modules there. */
export function copyProject(target: string, files: readonly string[]): void {
  for (const file of files) {
    fs.mkdirSync(path.join(target, path.dirname(file)), { recursive: true });
    fs.copyFileSync(inProject(file), path.join(target, file));
  }
  fs.symlinkSync(inProject("node_modules"), path.join(target, "node_modules"));
}

/** Names that say nothing about what a file is for; a shared thing has a name. */
const EMPTY_NAME = /^(utils?|libs?|helpers?|common|types?|misc|shared)$/;

/** Those of the paths whose file or one of whose folders is named after nothing. */
export function emptyNames(paths: readonly string[]): readonly string[] {
  return paths.filter((file) => file.split("/").some((part) => EMPTY_NAME.test(part.replace(/\..*$/, ""))));
}
