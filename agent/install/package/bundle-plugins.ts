/**
 * bundle-plugins: what in the sources speaks of files that are not there any more once all is one file.
 */
import path from "node:path";
import type { Plugin } from "rolldown";
import { bug } from "../../../protocol/index.ts";
import type { Architecture } from "./platform.ts";

const BINDING = "./better-sqlite3.node";
const NEW_THREAD = /new Worker\(new URL\("(\.[^"]+)", import\.meta\.url\)\)/g;

/**
 * A thread's `main.ts` is another file beside the program's.
 *
 * @param entries absolute path of each source that is started -> the name of its file.
 */
export function threadsBeside(entries: ReadonlyMap<string, string>): Plugin {
  return {
    name: "threads-beside",
    transform(code, id) {
      if (id.includes("/node_modules/") || !code.includes("new Worker(")) return undefined;
      if (code.split("new Worker(").length - 1 !== [...code.matchAll(NEW_THREAD)].length)
        bug(`${id} starts a thread in an unknown way; expected new Worker(new URL("./main.ts", import.meta.url))`);
      return code.replace(NEW_THREAD, (_, file: string) => {
        const name = entries.get(path.resolve(path.dirname(id), file)) ?? bug(`${id} starts ${file}, which is the main.ts of no folder`);
        return `new Worker(new URL("./${name}", import.meta.url))`;
      });
    },
  };
}

/** better-sqlite3 has an entry for each platform, which names its binding: that one, and it lies beside our file. */
export function bindingBeside({ node }: Architecture): Plugin {
  return {
    name: "binding-beside",
    async resolveId(id, importer) {
      if (id === "better-sqlite3") return this.resolve(`better-sqlite3/linux-${node}`, importer);
      return id.endsWith(".node") ? { id: BINDING, external: true } : undefined;
    },
  };
}

/**
 * Libraries of libraries that stay out, and what stands in their place.
 *
 * - Pino can write its log in a thread, from a file of its own: we write to stderr, at once.
 * - msgpackr takes a native part where it finds one; there is none in the package, and it goes on without.
 */
const ABSENT: Readonly<Record<string, string>> = {
  "thread-stream": `export default function () { throw new Error("BUG: the log has no thread of its own here"); }`,
  "msgpackr-extract": `throw new Error("not in this package");`,
};

export function withoutUnused(): Plugin {
  const mark = "\0absent:";
  return {
    name: "without-unused",
    resolveId: (id) => (id in ABSENT ? `${mark}${id}` : undefined),
    load: (id) => (id.startsWith(mark) ? ABSENT[id.slice(mark.length)] : undefined),
  };
}
