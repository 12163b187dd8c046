/**
 * The packages as dpkg, apt and a careful reader see them: the same bytes every time, root's files, a signature that holds.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type BuiltPackage, buildPackage, type PackageSource } from "../../../agent/install/package/deb.ts";
import { buildOnce } from "../../../agent/install/package/once.ts";
import { architectureOf } from "../../../agent/install/package/platform.ts";
import { programTree } from "../../../agent/install/package/program.ts";
import { buildRepository } from "../../../agent/install/package/repository.ts";
import { sizeTable } from "../../../agent/install/package/sizes.ts";
import { toolRunner, type Workshop } from "../../../agent/install/package/workshop.ts";
import { faultCode } from "../../collector/fault-code.ts";
import { needs } from "../../support/needs.ts";
import { inProject, ROOT } from "../../support/project-files.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

const EPOCH_SECONDS = 1_790_000_000;

function workshopIn(dir: TempDir): Workshop {
  mkdirSync(dir.join("scratch"), { recursive: true });
  return { project: ROOT, cache: dir.path, scratch: dir.join("scratch"), epochSeconds: EPOCH_SECONDS, run: toolRunner(process.env) };
}

function smallPackage(extra: PackageSource["tree"] = {}): PackageSource {
  return {
    name: "tributary-agent",
    version: "1.2.3",
    architecture: "arm64",
    tree: {
      "usr/bin/tributary-agent": { content: "#!/bin/sh\n", mode: 0o755 },
      "usr/lib/tributary-agent/package.json": { content: "{}\n" },
      ...extra,
    },
    debian: inProject("agent/install/debian"),
    variables: { Runtime: "24.0.0-1" },
  };
}

async function build(dir: TempDir, out: string, source = smallPackage()): Promise<BuiltPackage> {
  await fs.mkdir(dir.join(out));
  return buildPackage(workshopIn(dir), source, dir.join(out), dir.join(`work-${out}`));
}

describe("a .deb", () => {
  test("is the same to the last byte when made again elsewhere, with another umask; so is the archive", async () => {
    needs("dpkg-deb");
    await using here = await tempDir();
    await using there = await tempDir();
    const one = await build(here, "one");
    const umask = process.umask(0o077);
    const two = await build(there, "two").finally(() => process.umask(umask));
    expect(await fs.readFile(two.deb)).toEqual(await fs.readFile(one.deb));
    expect(await fs.readFile(two.archive)).toEqual(await fs.readFile(one.archive));
  });

  test("belongs to root, may be changed by nobody else, and names what it needs", async () => {
    needs("dpkg-deb");
    await using dir = await tempDir();
    const { deb } = await build(dir, "out");
    const files = execFileSync("dpkg-deb", ["--contents", deb], { encoding: "utf8" }).trim().split("\n");
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect(file).toMatch(/^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--) root\/root /);
    const control = execFileSync("dpkg-deb", ["--field", deb], { encoding: "utf8" });
    expect(control).toMatch(/^Version: 1\.2\.3$/m);
    expect(control).toMatch(/^Architecture: arm64$/m);
    expect(control).toMatch(/^Depends: libc6 \(>= 2\.34\),.* tributary-runtime \(>= 24\.0\.0-1\)/m);
    expect(control).not.toContain("${");
  });

  test("what is made once is given again, until a version changes", async () => {
    needs("dpkg-deb");
    await using dir = await tempDir();
    const workshop = workshopIn(dir);
    await fs.mkdir(dir.join("out"));
    const first = await buildOnce(workshop, smallPackage(), dir.join("out"), dir.join("work"));
    const other = smallPackage({ "usr/share/other": { content: "not looked at" } });
    const again = await buildOnce(workshop, other, dir.join("out"), dir.join("work"));
    expect(again).toEqual(first);
    const newer = await buildOnce(workshop, { ...other, version: "1.2.4" }, dir.join("out"), dir.join("work"));
    expect(newer.installedBytes).toBeGreaterThan(first.installedBytes);
  });
});

describe("what a package brings", () => {
  test.each(["agent", "collector"] as const)("the %s brings its unit, its user and its folders", async (name) => {
    const tree = await programTree(ROOT, name, "1.0.0", architectureOf("arm64"));
    const package_ = `tributary-${name}`;
    expect(Object.keys(tree)).toEqual(
      expect.arrayContaining([
        `usr/lib/systemd/system/${package_}.service`,
        `usr/lib/sysusers.d/${package_}.conf`,
        `usr/lib/tmpfiles.d/${package_}.conf`,
        `usr/lib/${package_}/${name}/better-sqlite3.node`,
        `usr/share/doc/${package_}/copyright`,
      ]),
    );
    expect(Object.keys(tree).includes(`usr/lib/${package_}/${name}/serialport.node`)).toBe(name === "agent");
  });

  test.each(["agent", "collector"])(
    "the scripts of the %s are such as a POSIX shell reads, and purge deletes what postinst made",
    async (name) => {
      for (const script of ["postinst", "prerm", "postrm"]) execFileSync("sh", ["-n", inProject(name, "install/debian", script)]);
      const purge = await fs.readFile(inProject(name, "install/debian/postrm"), "utf8");
      const unit = await fs.readFile(inProject(name, "install", `tributary-${name}.service`), "utf8");
      const [, data] = /^StateDirectory=(\S+)$/m.exec(unit) ?? [];
      expect(purge).toMatch(new RegExp(`^    rm -rf /var/lib/${data} /etc/tributary/${name}\\.yaml`, "m"));
    },
  );

  test("the walk on a clean Debian is a script that bash reads", () => {
    execFileSync("bash", ["-n", inProject("agent/install/verify-arm64")]);
  });
});

describe("sizes", () => {
  const built = { version: "1", architecture: "arm64", deb: "", archive: "", debBytes: 1e6, installedBytes: 3e6 };

  test("are listed for each package and for all", () => {
    const table = sizeTable([
      { ...built, name: "tributary-agent" },
      { ...built, name: "tributary-runtime" },
    ]);
    expect(table).toMatch(/tributary-agent arm64 +\.deb 1\.00 MB \(limit 3\), installed 3\.00 MB/);
    expect(table).toMatch(/all arm64 +installed 6\.00 MB \(limit 125\)/);
  });

  test.each([
    ["an agent over 3 MB", { name: "tributary-agent", debBytes: 3_000_001 }],
    ["a runtime over 30 MB", { name: "tributary-runtime", debBytes: 30_000_001 }],
    ["more than 125 MB installed", { name: "tributary-runtime", installedBytes: 125_000_001 }],
    ["a package nobody set a limit for", { name: "tributary-new" }],
  ])("%s is refused", async (_, change) => {
    expect(await faultCode(() => sizeTable([{ ...built, ...change }]))).toBe("package_too_big");
  });
});

describe("the repository", () => {
  async function repository(dir: TempDir): Promise<{ folder: string; sources: string }> {
    for (const tool of ["dpkg-deb", "apt-ftparchive", "gpg", "gpgv"] as const) needs(tool);
    const folder = dir.join("apt");
    const plan = { folder, url: "http://127.0.0.1:8080/apt", key: undefined };
    return { folder, sources: await buildRepository(workshopIn(dir), [await build(dir, "out")], plan) };
  }

  test("lists the package by hash, and its two signatures hold under the key of tributary.sources, and no longer once a byte is changed", async () => {
    await using dir = await tempDir();
    const { folder, sources } = await repository(dir);
    const suite = path.join(folder, "dists/stable");
    const text = await fs.readFile(sources, "utf8");
    expect(text).toMatch(/^URIs: http:\/\/127\.0\.0\.1:8080\/apt$/m);
    const key = text.slice(text.indexOf("Signed-By:\n") + 11).replace(/^ \.?/gm, "");
    await fs.writeFile(dir.join("key.asc"), key);
    execFileSync("gpg", ["--homedir", dir.path, "--dearmor", "--output", dir.join("key.gpg"), dir.join("key.asc")], { stdio: "pipe" });
    const check = (...files: readonly string[]) => execFileSync("gpgv", ["--keyring", dir.join("key.gpg"), ...files], { stdio: "pipe" });
    check(path.join(suite, "InRelease"));
    check(path.join(suite, "Release.gpg"), path.join(suite, "Release"));

    const index = await fs.readFile(path.join(suite, "main/binary-arm64/Packages"));
    const release = await fs.readFile(path.join(suite, "Release"), "utf8");
    expect(release).toContain(`${createHash("sha256").update(index).digest("hex")} `);
    expect(index.toString()).toMatch(/^Filename: pool\/tributary-agent_1\.2\.3_arm64\.deb$/m);

    await fs.writeFile(path.join(suite, "Release"), release.replace("stable", "stale"));
    expect(() => check(path.join(suite, "Release.gpg"), path.join(suite, "Release"))).toThrow();
  });

  test("is signed by the same key when made again, and keeps the version before", async () => {
    await using dir = await tempDir();
    const { folder, sources } = await repository(dir);
    const before = await fs.readFile(sources, "utf8");
    const newer = await build(dir, "newer", { ...smallPackage(), version: "1.2.4" });
    await buildRepository(workshopIn(dir), [newer], { folder, url: "http://127.0.0.1:8080/apt", key: undefined });
    expect(await fs.readFile(sources, "utf8")).toBe(before);
    const index = await fs.readFile(path.join(folder, "dists/stable/main/binary-arm64/Packages"), "utf8");
    expect(index.match(/^Version: .*$/gm)).toEqual(["Version: 1.2.3", "Version: 1.2.4"]);
  });
});

test("a tool that is missing is named, with the package it comes in", async () => {
  const run = toolRunner({ PATH: "/nowhere" });
  expect(await faultCode(run("apt-ftparchive", []))).toBe("tool_missing");
  await expect(run("apt-ftparchive", [])).rejects.toMatchObject({ hint: "apt-get install apt-utils" });
});
