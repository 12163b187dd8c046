/**
 * bundle-plugins: what in the sources speaks of files that are not there any more once all is one file.
 */
import path from "node:path";
import type { Plugin } from "rolldown";
import { bug } from "../../../protocol/index.ts";
import type { Architecture } from "./platform.ts";

/** Library -> the file of its native part beside ours. */
export const BINDINGS = { "better-sqlite3": "better-sqlite3.node", serialport: "serialport.node" } as const;
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

/** The file of serialport that looks for its native part in its own folder, which is not there any more. */
const SERIALPORT_FINDER = /\/@serialport\/bindings-cpp\/dist\/serialport-bindings\.js$/;

/**
 * Native parts lie beside our file: better-sqlite3 has an entry for each platform, which names its binding; serialport
 * is told where it is.
 */
export function bindingsBeside({ node }: Architecture): Plugin {
  return {
    name: "bindings-beside",
    async resolveId(id, importer) {
      if (id === "better-sqlite3") return this.resolve(`better-sqlite3/linux-${node}`, importer);
      if (!id.endsWith(".node")) return undefined;
      const isSerial = importer !== undefined && SERIALPORT_FINDER.test(importer);
      return { id: `./${isSerial ? BINDINGS.serialport : BINDINGS["better-sqlite3"]}`, external: true };
    },
    load: (id) => (SERIALPORT_FINDER.test(id) ? `exports.binding = require("./${BINDINGS.serialport}");` : undefined),
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
