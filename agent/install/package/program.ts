/**
 * program: what the package of the agent or the collector holds, beside what dpkg itself wants.
 *
 * Under usr/lib/tributary-NAME lies what lies in the project: package.json, and the program one folder below it, so
 * the program finds its version where it always does. The launcher finds its own place, so the same tree also runs
 * from a folder into which the archives were unpacked.
 */
import { glob, readdir } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../../protocol/index.ts";
import { bundleProgram, type ProgramName } from "./bundle.ts";
import { BINDINGS } from "./bundle-plugins.ts";
import { licencesOf } from "./licences.ts";
import type { Architecture } from "./platform.ts";
import type { Tree } from "./tree.ts";

/**
 * A young generation of 1 MB and an old one of at most 48 MB fit a device of 512 MB; smaller code is worth more there
 * than faster code. The collector keeps Node's defaults.
 */
const MEMORY_FLAGS: Readonly<Record<ProgramName, readonly string[]>> = {
  agent: ["--max-semi-space-size=1", "--max-old-space-size=48", "--optimize-for-size"],
  collector: [],
};
/**
 * glibc keeps an arena of memory for each of up to eight threads a core; one for all of them saves 10 MB of 124 (measured
 * on two cores), and the agent's threads seldom allocate at once.
 */
const ENVIRONMENT: Readonly<Record<ProgramName, string>> = {
  agent: `export MALLOC_ARENA_MAX="\${MALLOC_ARENA_MAX:-1}"\n`,
  collector: "",
};
/** The MQTT library calls url.parse(): Node tells nobody of it inside node_modules, but would tell every user of a bundle. */
const QUIET_FLAG = "--disable-warning=DEP0169";

export async function programTree(project: string, program: ProgramName, version: string, architecture: Architecture): Promise<Tree> {
  const { files, sources } = await bundleProgram(project, program, architecture);
  const name = `tributary-${program}`;
  const about = { name, version, license: "MIT", type: "module" };
  return {
    [`usr/bin/${name}`]: { content: launcher(program), mode: 0o755 },
    [`usr/lib/${name}/package.json`]: { content: `${JSON.stringify(about)}\n` },
    ...Object.fromEntries(Object.entries(files).map(([file, content]) => [`usr/lib/${name}/${program}/${file}`, { content }])),
    ...bindingFiles(project, program, architecture),
    [`usr/share/doc/${name}/copyright`]: { content: await licencesOf(project, sources) },
    ...(program === "collector" ? await pageFiles(project, name) : {}),
    ...(await systemFiles(path.join(project, program, "install"), name)),
  };
}

/** The collector has no serial ports. */
function bindingFiles(project: string, program: ProgramName, { node }: Architecture): Tree {
  const sqlite = `better-sqlite3/prebuilds/linux-${node}.node`;
  const serial = `@serialport/bindings-cpp/prebuilds/linux-${node}/@serialport+bindings-cpp${node === "arm64" ? ".armv8" : ""}.glibc.node`;
  const wanted = { [BINDINGS["better-sqlite3"]]: sqlite, ...(program === "agent" && { [BINDINGS.serialport]: serial }) };
  return Object.fromEntries(
    Object.entries(wanted).map(([name, file]) => [
      `usr/lib/tributary-${program}/${program}/${name}`,
      { content: { file: path.join(project, "node_modules", file) } },
    ]),
  );
}

/** The web page, where the collector looks for it. @throws Fault `page_missing`. */
async function pageFiles(project: string, name: string): Promise<Tree> {
  const files: string[] = [];
  for await (const file of glob("collector/console/dist/**/*.*", { cwd: project })) files.push(file);
  if (files.length === 0)
    throw new Fault("page_missing", "collector/console/dist: expected the built page, got nothing", { hint: "npm run console" });
  return Object.fromEntries(files.sort().map((file) => [`usr/lib/${name}/${file}`, { content: { file: path.join(project, file) } }]));
}

function launcher(program: ProgramName): string {
  const node = ['"$root/lib/tributary-runtime/bin/node"', ...MEMORY_FLAGS[program], QUIET_FLAG].join(" ");
  return `#!/bin/sh
# The runtime and the program lie beside this file, wherever it is; a link to it works too.
here=$(readlink -f "$0")
root=\${here%/bin/*}
${ENVIRONMENT[program]}exec ${node} "$root/lib/tributary-${program}/${program}/bin.js" "$@"
`;
}

/** Where systemd and udev look for what a program's install folder holds; `NAME` is the package's name. */
const SYSTEM_PLACES: Readonly<Record<string, string>> = {
  "NAME.service": "usr/lib/systemd/system/NAME.service",
  "sysusers.conf": "usr/lib/sysusers.d/NAME.conf",
  "tmpfiles.conf": "usr/lib/tmpfiles.d/NAME.conf",
  "udev.rules": "usr/lib/udev/rules.d/60-NAME.rules",
};

async function systemFiles(folder: string, name: string): Promise<Tree> {
  const named = (text: string) => text.replaceAll("NAME", name);
  const places = new Map(Object.entries(SYSTEM_PLACES).map(([file, place]) => [named(file), named(place)]));
  const files = (await readdir(folder)).filter((file) => /\.(service|socket|timer|path|conf|rules)$/.test(file));
  return Object.fromEntries(
    files.map((file) => {
      const place = places.get(file);
      if (place === undefined)
        throw new Fault("unknown_system_file", `${folder}/${file}: expected one of ${[...places.keys()].join(", ")}`);
      return [place, { content: { file: path.join(folder, file) } }];
    }),
  );
}
