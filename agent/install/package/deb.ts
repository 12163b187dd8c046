/**
 * deb: a tree as a Debian package and as a .tar.gz.
 *
 * The same tree gives the same bytes: owner root, one time for every file, sorted names, one thread of compression.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { addTo, layOut, type Tree } from "./tree.ts";
import type { Workshop } from "./workshop.ts";

export interface PackageSource {
  readonly name: string;
  readonly version: string;
  /** As dpkg calls it. */
  readonly architecture: string;
  readonly tree: Tree;
  /** The folder with `control` and the maintainer scripts. */
  readonly debian: string;
  /** What `${name}` in `control` stands for, beside the version, architecture and size of the package itself. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface BuiltPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly deb: string;
  readonly archive: string;
  readonly debBytes: number;
  /** As `du` would count it on a device: whole blocks of 4 KiB. */
  readonly installedBytes: number;
}

const BLOCK_BYTES = 4096;

/** @param out the folder for both files. @param work an own folder to lay files out in. */
export async function buildPackage(workshop: Workshop, source: PackageSource, out: string, work: string): Promise<BuiltPackage> {
  const { name, version, architecture, tree } = source;
  const stem = path.join(out, `${name}_${version}_${architecture}`);
  await layOut(tree, work);
  const installedBytes = await bytesOf(work);
  const archive = `${stem}.tar.gz`;
  await workshop.run("tar", [...sameBytes(workshop), "--create", "--gzip", "--file", archive, "--directory", work, "usr"]);

  await addTo(await controlTree(source, installedBytes), work);
  const deb = `${stem}.deb`;
  await workshop.run("dpkg-deb", ["--root-owner-group", "-Zxz", "-z6", "--threads-max=1", "--build", work, deb], {
    env: { SOURCE_DATE_EPOCH: String(workshop.epochSeconds) },
  });
  return { name, version, architecture, deb, archive, debBytes: (await stat(deb)).size, installedBytes };
}

function sameBytes({ epochSeconds }: Workshop): readonly string[] {
  return ["--sort=name", `--mtime=@${epochSeconds}`, "--owner=0", "--group=0", "--numeric-owner", "--format=ustar"];
}

async function controlTree({ debian, variables, version, architecture }: PackageSource, installedBytes: number): Promise<Tree> {
  const known: Readonly<Record<string, string>> = {
    ...variables,
    Version: version,
    Architecture: architecture,
    "Installed-Size": String(Math.ceil(installedBytes / 1024)),
  };
  const files = (await readdir(debian, { withFileTypes: true })).filter((entry) => entry.isFile());
  const entries = await Promise.all(
    files.map(async ({ name: file }) => {
      const text = await readFile(path.join(debian, file), "utf8");
      if (file !== "control") return [`DEBIAN/${file}`, { content: text, mode: text.startsWith("#!") ? 0o755 : 0o644 }] as const;
      const content = text.replace(/\$\{([\w-]+)\}/g, (whole, variable: string) => known[variable] ?? whole);
      return [`DEBIAN/${file}`, { content }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries.map(async (entry) => (entry.isDirectory() ? BLOCK_BYTES : (await stat(path.join(entry.parentPath, entry.name))).size)),
  );
  return sizes.reduce((sum, size) => sum + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES, 0);
}
