/**
 * runtime: Node itself as a package, from npm's packages of its official binaries.
 *
 * Its version is Node's with a revision of ours, so an upgrade of agent or collector does not fetch it again. Debug
 * symbols are stripped (20 of 123 MB on arm64): they are of no use without Node's sources.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../../protocol/index.ts";
import type { Architecture } from "./platform.ts";
import type { Tree } from "./tree.ts";
import type { Workshop } from "./workshop.ts";

/** Raised when the package changes while Node does not. */
const REVISION = 1;

/** Where the packages put Node, from the root of a device. */
export const RUNTIME_NODE = "usr/lib/tributary-runtime/bin/node";

export interface Runtime {
  readonly version: string;
  readonly tree: Tree;
}

/** Node in the version of the devDependency. @throws Fault of the tools npm, tar and strip. */
export async function fetchRuntime(workshop: Workshop, architecture: Architecture): Promise<Runtime> {
  const { version } = JSON.parse(await readFile(path.join(workshop.project, "node_modules/node/package.json"), "utf8"));
  const folder = path.join(workshop.cache, `node-${version}-${architecture.debian}`);
  if (!existsSync(folder)) await unpackNode(workshop, architecture, version, folder);
  return {
    version: `${version}-${REVISION}`,
    tree: {
      [RUNTIME_NODE]: { content: { file: path.join(folder, "bin/node") }, mode: 0o755 },
      "usr/share/doc/tributary-runtime/copyright": { content: { file: path.join(folder, "LICENSE") } },
    },
  };
}

/** npm checks the package against the registry's hash. The folder appears when it is whole, so a broken run leaves none. */
async function unpackNode({ scratch, run }: Workshop, { node, gnu }: Architecture, version: string, folder: string): Promise<void> {
  const half = path.join(scratch, "node");
  await mkdir(half);
  await run("npm", ["pack", "--silent", "--pack-destination", half, `node-linux-${node}@${version}`], { cwd: scratch });
  const [archive] = await readdir(half);
  if (archive === undefined) throw new Fault("tool_failed", `npm pack node-linux-${node}@${version}: expected a file in ${half}, got none`);
  const wanted = ["package/bin/node", "package/LICENSE"];
  await run("tar", ["--extract", "--file", archive, "--strip-components=1", "--no-same-owner", ...wanted], { cwd: half });
  await run(`${gnu}-linux-gnu-strip`, ["bin/node"], { cwd: half });
  await rm(path.join(half, archive));
  await rename(half, folder);
}
