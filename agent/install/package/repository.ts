/**
 * repository: the packages as an apt repository that devices can trust.
 *
 * Both forms of signature are made (InRelease, and Release with Release.gpg). A device learns place and key from one
 * file, `tributary.sources`: the key is inside it as `Signed-By`, so it vouches for this repository alone. Packages
 * that are in the pool already stay, so that a device can go back to the version before.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { BuiltPackage } from "./deb.ts";
import type { Workshop } from "./workshop.ts";

const SUITE = "stable";
const SIGNER = "Tributary packages";

export interface RepositoryPlan {
  readonly folder: string;
  /** Where devices will find the folder. */
  readonly url: string;
  /** File with the secret key to sign with; undefined = one that is made once and kept in the cache. */
  readonly key: string | undefined;
}

/** @returns the file that tells a device all it needs: `tributary.sources`. @throws Fault of apt-ftparchive, gpg. */
export async function buildRepository(workshop: Workshop, packages: readonly BuiltPackage[], plan: RepositoryPlan): Promise<string> {
  const { folder, url, key } = plan;
  const pool = path.join(folder, "pool");
  await mkdir(pool, { recursive: true });
  for (const { deb } of packages) await copyFile(deb, path.join(pool, path.basename(deb)));

  const architectures = [...new Set(packages.map(({ architecture }) => architecture))].sort();
  for (const architecture of architectures) await writeIndex(workshop, folder, architecture);
  const release = await workshop.run("apt-ftparchive", [...releaseOptions(architectures), "release", `dists/${SUITE}`], { cwd: folder });
  const file = path.join(folder, "dists", SUITE, "Release");
  await writeFile(file, release);

  const { gpg, end } = await signer(workshop, key);
  await gpg("--clearsign", "--output", path.join(path.dirname(file), "InRelease"), file);
  await gpg("--armor", "--detach-sign", "--output", `${file}.gpg`, file);
  const publicKey = await gpg("--armor", "--export");
  await end();
  await writeFile(path.join(folder, "tributary.asc"), publicKey);
  const sources = path.join(folder, "tributary.sources");
  await writeFile(sources, sourcesFile(url, architectures, publicKey));
  return sources;
}

async function writeIndex({ run }: Workshop, folder: string, architecture: string): Promise<void> {
  const place = path.join("dists", SUITE, "main", `binary-${architecture}`);
  await mkdir(path.join(folder, place), { recursive: true });
  const index = await run("apt-ftparchive", ["--arch", architecture, "packages", "pool"], { cwd: folder });
  await writeFile(path.join(folder, place, "Packages"), index);
  await run("gzip", ["--force", "--keep", "--no-name", "--best", "Packages"], { cwd: path.join(folder, place) });
}

function releaseOptions(architectures: readonly string[]): readonly string[] {
  const fields = { Origin: "Tributary", Label: "Tributary", Suite: SUITE, Codename: SUITE, Components: "main" };
  return Object.entries({ ...fields, Architectures: architectures.join(" ") }).flatMap(([field, value]) => [
    "-o",
    `APT::FTPArchive::Release::${field}=${value}`,
  ]);
}

interface Signer {
  gpg(...args: readonly string[]): Promise<string>;
  /** gpg leaves a process behind that holds the keys. */
  end(): Promise<unknown>;
}

/** gpg with a home of its own, which holds the one key to sign with. */
async function signer({ cache, scratch, run }: Workshop, key: string | undefined): Promise<Signer> {
  const home = path.join(key === undefined ? cache : scratch, "signing");
  await mkdir(home, { recursive: true, mode: 0o700 });
  const gpg = (...args: readonly string[]) => run("gpg", ["--homedir", home, "--batch", "--yes", "--quiet", ...args]);
  if (key !== undefined) await gpg("--import", key);
  else if (!(await gpg("--list-secret-keys", "--with-colons")).includes("sec:"))
    await gpg("--passphrase", "", "--quick-generate-key", SIGNER, "ed25519", "sign", "never");
  return { gpg, end: () => run("gpgconf", ["--homedir", home, "--kill", "gpg-agent"]) };
}

/** deb822, as sources.list(5) has it: a key inside a field has its lines indented and its empty lines as a dot. */
function sourcesFile(url: string, architectures: readonly string[], publicKey: string): string {
  const lines = publicKey.trim().split("\n");
  return [
    "Types: deb",
    `URIs: ${url}`,
    `Suites: ${SUITE}`,
    "Components: main",
    `Architectures: ${architectures.join(" ")}`,
    "Signed-By:",
    ...lines.map((line) => ` ${line.trim() === "" ? "." : line}`),
    "",
  ].join("\n");
}
