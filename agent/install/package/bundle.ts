/**
 * bundle: a program of ours and every library it uses as one minified JavaScript file, and one more for each thread.
 *
 * - Only Node's own modules and the native parts of SQLite and serialport stay outside; those lie beside the files.
 * - What the sources import lazily is evaluated lazily in the file too: a driver nobody configured costs no memory.
 * - A thread has a file of its own: started from the program's, it would load all of Node's modules that only the
 *   program needs, 12 MB of resident memory.
 */
import { glob } from "node:fs/promises";
import path from "node:path";
import { type OutputChunk, rolldown } from "rolldown";
import { bug } from "../../../protocol/index.ts";
import { bindingsBeside, threadsBeside, withoutUnused } from "./bundle-plugins.ts";
import type { Architecture } from "./platform.ts";

export type ProgramName = "agent" | "collector";

export interface Bundle {
  /** Name -> code: `bin.js`, and for the thread of `agent/spool/main.ts` `spool.js`. All lie in one folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Absolute paths of the files that went in, sorted. */
  readonly sources: readonly string[];
}

/** @param project the project's root folder. */
export async function bundleProgram(project: string, program: ProgramName, architecture: Architecture): Promise<Bundle> {
  const entries = new Map([[path.join(project, program, "bin.js"), "bin.js"]]);
  for await (const thread of glob(`${program}/*/main.ts`, { cwd: project }))
    entries.set(path.join(project, thread), `${path.basename(path.dirname(thread))}.js`);

  const files: Record<string, string> = {};
  const sources = new Set<string>();
  for (const [entry, name] of entries) {
    const { code, modules } = await bundleOne(entry, entries, architecture);
    files[name] = code;
    for (const source of Object.keys(modules).filter(path.isAbsolute)) sources.add(source);
  }
  return { files, sources: [...sources].sort() };
}

async function bundleOne(entry: string, entries: ReadonlyMap<string, string>, architecture: Architecture): Promise<OutputChunk> {
  const build = await rolldown({
    input: entry,
    platform: "node",
    logLevel: "silent", // what matters is thrown; the rest is advice about libraries
    plugins: [threadsBeside(entries), bindingsBeside(architecture), withoutUnused()],
  });
  try {
    const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
    const [file, ...more] = output.filter((part): part is OutputChunk => part.type === "chunk");
    if (file === undefined || more.length > 0) return bug(`expected one file of ${entry}, got ${output.map(({ fileName }) => fileName)}`);
    return file;
  } finally {
    await build.close();
  }
}
