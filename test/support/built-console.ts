/**
 * built-console: the page as it is shipped, built before the first test where it is absent or older than its sources.
 */
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { inProject, ROOT } from "./project-files.ts";

const FOLDER = inProject("collector/console");

/** Called by vitest once a run, before the tests of a project. Builds with the project's own script. */
export async function setup(): Promise<void> {
  const sources = fs.readdirSync(path.join(FOLDER, "src")).map((file) => path.join("src", file));
  const newest = Math.max(...["index.html", "vite.config.ts", ...sources].map(modified));
  if (modified("dist/index.html") < newest) await promisify(execFile)("npm", ["run", "--silent", "console"], { cwd: ROOT });
}

/** 0 where there is none. */
function modified(file: string): number {
  return fs.statSync(path.join(FOLDER, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
