/**
 * The units of both services: as systemd reads them, and as the programs and the other system files have it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import { needs } from "../../support/needs.ts";
import { inProject } from "../../support/project-files.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

const SERVICES = ["agent", "collector"] as const;
const MOST_EXPOSURE = 2;
/** In a system of its own this is what a unit leans on. */
const TARGETS = "/usr/lib/systemd/system";

const install = (service: string, file: string) => inProject(service, "install", file);
const unitFile = (service: string) => install(service, `tributary-${service}.service`);
const read = (service: string, file: string) => fs.readFileSync(install(service, file), "utf8");

/** Every value of a key in a unit, in order. */
function values(service: string, key: string): readonly string[] {
  const unit = fs.readFileSync(unitFile(service), "utf8");
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

/** A root with the units, the programs they start as empty scripts, and systemd's own targets. */
function rootWithUnits(dir: TempDir, change: (unit: string) => string): void {
  const units = dir.join("usr/lib/systemd/system");
  for (const folder of [units, dir.join("usr/bin"), dir.join("etc")]) fs.mkdirSync(folder, { recursive: true });
  for (const target of fs.readdirSync(TARGETS).filter((file) => file.endsWith(".target")))
    fs.copyFileSync(path.join(TARGETS, target), path.join(units, target));
  for (const service of SERVICES) {
    fs.writeFileSync(path.join(units, `tributary-${service}.service`), change(fs.readFileSync(unitFile(service), "utf8")));
    fs.writeFileSync(dir.join(`usr/bin/tributary-${service}`), "#!/bin/sh\n", { mode: 0o755 });
  }
}

function verify(dir: TempDir): { readonly status: number | null; readonly output: string } {
  const units = SERVICES.map((service) => `tributary-${service}.service`);
  const { status, stdout, stderr } = spawnSync(needs("systemd-analyze"), ["verify", "--man=no", `--root=${dir.path}`, ...units], {
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

test("systemd has nothing to say against the units", async () => {
  needs("systemd-analyze");
  await using dir = await tempDir();
  rootWithUnits(dir, (unit) => unit);
  expect(verify(dir)).toEqual({ status: 0, output: "" });
});

test("systemd would say it where a unit had an error", async () => {
  needs("systemd-analyze");
  await using dir = await tempDir();
  rootWithUnits(dir, (unit) => unit.replace("ProtectHome=", "ProtectHouse="));
  expect(verify(dir).output).toContain("ProtectHouse");
});

for (const service of SERVICES) {
  describe(`tributary-${service}.service`, () => {
    test(`has an exposure of at most ${MOST_EXPOSURE}, as systemd-analyze counts it`, () => {
      const answer = execFileSync(needs("systemd-analyze"), ["security", "--offline=yes", "--no-pager", unitFile(service)], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(answer)?.[1]);
      expect(exposure).toBeGreaterThan(0);
      expect(exposure).toBeLessThanOrEqual(MOST_EXPOSURE);
    });

    test("is told by the program how it is, and is never given up", () => {
      const keys = ["Type", "NotifyAccess", "WatchdogSec", "Restart", "StartLimitIntervalSec"];
      expect(keys.map((key) => values(service, key))).toEqual([["notify"], ["all"], ["2min"], ["always"], ["0"]]);
      expect(values(service, "SystemCallErrorNumber"), "a call that is not listed is an error, not a crash").toEqual(["EPERM"]);
    });

    test("checks the very config that it runs with", () => {
      const [check] = values(service, "ExecStartPre");
      const [run] = values(service, "ExecStart");
      expect(run).toMatch(new RegExp(`^/usr/bin/tributary-${service} run`));
      expect(check).toBe(run?.replace(" run", " check"));
    });

    test("finds its user, its groups and the folder of its socket where the other files make them", () => {
      const users = read(service, "sysusers.conf");
      const made = [...users.matchAll(/^[gu] (\S+)/gm)].map(([, name]) => name);
      const groups = values(service, "SupplementaryGroups").flatMap((line) => line.split(" "));
      expect(made).toEqual(expect.arrayContaining([...values(service, "User"), ...values(service, "Group"), ...groups]));
      for (const group of groups) expect(users).toContain(`\nm ${values(service, "User")[0]} ${group}\n`);
      expect(read(service, "tmpfiles.conf")).toContain("\nd /run/tributary 3775 root tributary -\n");
      expect(values(service, "ReadWritePaths")).toEqual(["-/run/tributary"]);
    });

    test("has its users made by systemd-sysusers", async () => {
      await using dir = await tempDir();
      fs.mkdirSync(dir.join("etc"));
      execFileSync(needs("systemd-sysusers"), [`--root=${dir.path}`, install(service, "sysusers.conf")], { stdio: "ignore" });
      const [user = ""] = values(service, "User");
      expect(fs.readFileSync(dir.join("etc/passwd"), "utf8")).toMatch(new RegExp(`^${user}:x:\\d+:\\d+:.*:/usr/sbin/nologin$`, "m"));
      const groups = fs.readFileSync(dir.join("etc/group"), "utf8");
      for (const group of values(service, "SupplementaryGroups").flatMap((line) => line.split(" ")))
        expect(groups).toMatch(new RegExp(`^${group}:x:\\d+:${user}$`, "m"));
    });
  });
}

test("the agent's spool is by default in the folder that its unit gives it", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("a.yaml"), "agent: box\ncollector: mqtt://127.0.0.1:1\nsensors: [{ name: a, driver: thermal, every: 1s }]\n");
  const { spool } = await loadAgentConfig(dir.join("a.yaml"), {});
  expect(path.dirname(spool.path)).toBe(`/var/lib/${values("agent", "StateDirectory")[0]}`);
});

test("the groups that udev gives devices to are those that the agent is in", () => {
  const groups = [...read("agent", "udev.rules").matchAll(/GROUP="(\w+)"/g)].map(([, group]) => group);
  expect(groups.length).toBeGreaterThan(0);
  expect(values("agent", "SupplementaryGroups").flatMap((line) => line.split(" "))).toEqual(expect.arrayContaining(groups));
});
