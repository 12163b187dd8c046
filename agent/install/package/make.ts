/**
 * make: from the sources to packages and a repository: bundle, prove, pack, weigh, sign.
 */
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { PackageOptions } from "./cli.ts";
import { type BuiltPackage, buildPackage } from "./deb.ts";
import { buildOnce } from "./once.ts";
import { type Architecture, architectureOf } from "./platform.ts";
import { programTree } from "./program.ts";
import { proveBundles } from "./proof.ts";
import { buildRepository } from "./repository.ts";
import { fetchRuntime } from "./runtime.ts";
import { sizeTable } from "./sizes.ts";
import { addTo, layOut, type Tree } from "./tree.ts";
import type { Workshop } from "./workshop.ts";

interface PlannedPackage {
  readonly name: string;
  readonly version: string;
  readonly tree: Tree;
  /** Folder of its `control`, from the project's root. */
  readonly debian: string;
}

/**
 * @param host the processor of this machine, as Node calls it: what is packed for it is tested here.
 * @returns the folder where the packages of this machine's processor are laid out; undefined = none were made.
 * @throws Fault `package_too_big`, `tool_missing`, `tool_failed`, `unknown_architecture`, `no_licence`.
 */
export async function makePackages(
  workshop: Workshop,
  host: string,
  options: PackageOptions,
  print: (text: string) => void,
): Promise<string | undefined> {
  const architectures = options.arch.map(architectureOf);
  const version = options.version ?? JSON.parse(await readFile(path.join(workshop.project, "package.json"), "utf8")).version;
  const plans = new Map<Architecture, readonly PlannedPackage[]>();
  for (const architecture of architectures) plans.set(architecture, await planPackages(workshop, version, architecture));

  const root = await layOutNative(workshop, host, plans);
  print(await proven(workshop, root, options));

  const built: BuiltPackage[] = [];
  await mkdir(options.out, { recursive: true });
  for (const [architecture, planned] of plans)
    for (const plan of planned) built.push(await pack(workshop, plan, runtimeOf(planned), architecture, options.out));
  print(sizeTable(built));

  const folder = path.join(options.out, "apt");
  const url = options.url ?? `file:${path.resolve(folder)}`;
  const sources = await buildRepository(workshop, built, { folder, url, key: options.key });
  print(
    `\nRepository: ${folder}\nOn a device: copy ${sources} into /etc/apt/sources.list.d, then apt update && apt install tributary-agent\n`,
  );
  return root;
}

async function planPackages(workshop: Workshop, version: string, architecture: Architecture): Promise<readonly PlannedPackage[]> {
  const { project } = workshop;
  const runtime = await fetchRuntime(workshop, architecture);
  return [
    { name: "tributary-runtime", version: runtime.version, tree: runtime.tree, debian: "agent/install/debian/runtime" },
    { name: "tributary-agent", version, tree: await programTree(project, "agent", version, architecture), debian: "agent/install/debian" },
    {
      name: "tributary-collector",
      version,
      tree: await programTree(project, "collector", version, architecture),
      debian: "collector/install/debian",
    },
  ];
}

function runtimeOf(planned: readonly PlannedPackage[]): string {
  return planned.find(({ name }) => name === "tributary-runtime")?.version ?? "";
}

async function layOutNative(
  { scratch }: Workshop,
  host: string,
  plans: ReadonlyMap<Architecture, readonly PlannedPackage[]>,
): Promise<string | undefined> {
  const native = [...plans].find(([{ node }]) => node === host);
  if (native === undefined) return undefined;
  const root = path.join(scratch, "root");
  await layOut({}, root);
  for (const { tree } of native[1]) await addTo(tree, root);
  return root;
}

/** Tests what is laid out, and says what was tested. */
async function proven(workshop: Workshop, root: string | undefined, { isTested }: PackageOptions): Promise<string> {
  if (!isTested) return "Not tested: --untested\n";
  if (root === undefined) return "Not tested: nothing is packed for the processor of this machine\n";
  const tests = await proveBundles(workshop, root);
  return `Tested: ${tests.length} test files passed against the bundles, on their own runtime and binding\n`;
}

function pack(
  workshop: Workshop,
  { debian, ...plan }: PlannedPackage,
  runtime: string,
  architecture: Architecture,
  out: string,
): Promise<BuiltPackage> {
  const build = plan.name === "tributary-runtime" ? buildOnce : buildPackage;
  const folder = path.join(workshop.project, debian);
  const source = { ...plan, architecture: architecture.debian, debian: folder, variables: { Runtime: runtime } };
  return build(workshop, source, out, path.join(workshop.scratch, "work"));
}
