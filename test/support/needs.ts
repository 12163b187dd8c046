/**
 * needs: what a test wants of the machine and cannot bring along.
 *
 * Called inside a test, it returns the path of the thing, or skips the test and says what is missing. Where
 * TRIBUTARY_REQUIRE_ALL is set, a missing thing is a failure instead: `1` = programs and data sets,
 * `programs` = programs alone. An old Node is a property of a machine, not a part to install: never required.
 * Data sets are looked for in $TRIBUTARY_DATA, else in `../shared/data` beside the repository.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { TestRunner } from "vitest";
import { ROOT } from "./project-files.ts";

type Program =
  | "apt-ftparchive"
  | "chromium"
  | "dpkg-deb"
  | "git"
  | "gpg"
  | "gpgv"
  | "influxd"
  | "mosquitto"
  | "mosquitto_pub"
  | "python3"
  | "socat"
  | "systemd-analyze"
  | "systemd-notify"
  | "systemd-sysusers"
  | "xz";
type Need = Program | "faketime" | "old_node" | `data:${string}`;

/** The path of what this test needs. Skips the running test where it is missing, or fails it where it is required. */
export function needs(need: Need): string {
  const verdict = judge(need, process.env);
  if ("found" in verdict) return verdict.found;
  if ("fail" in verdict) throw new Error(verdict.fail);
  const test = TestRunner.getCurrentTest();
  if (test === undefined) throw new Error(`needs("${need}") is called outside of a test`);
  return test.context.skip(verdict.skip);
}

export type Verdict = { readonly found: string } | { readonly skip: string } | { readonly fail: string };

/** What `needs` does on a machine with this environment. */
export function judge(need: Need, environment: NodeJS.ProcessEnv): Verdict {
  const found = find(need, environment);
  if (found !== undefined) return { found };
  const place = need.startsWith("data:") ? ` (looked in ${dataRoot(environment)})` : "";
  const message = `needs ${need}, which this machine does not have${place}`;
  return isRequired(need, environment.TRIBUTARY_REQUIRE_ALL) ? { fail: `${message}, and TRIBUTARY_REQUIRE_ALL is set` } : { skip: message };
}

function find(need: Need, environment: NodeJS.ProcessEnv): string | undefined {
  if (need.startsWith("data:")) return existing(path.join(dataRoot(environment), need.slice("data:".length)));
  if (need === "faketime") return findFaketime();
  if (need === "old_node") return onPath("node", environment).find(isOldNode);
  return onPath(need, environment)[0];
}

function isRequired(need: Need, required = ""): boolean {
  if (required === "" || need === "old_node") return false;
  return required !== "programs" || !need.startsWith("data:");
}

function dataRoot(environment: NodeJS.ProcessEnv): string {
  return environment.TRIBUTARY_DATA ?? path.resolve(ROOT, "../shared/data");
}

/** `/usr/sbin` holds mosquitto and is on few users' PATH. */
function onPath(name: string, environment: NodeJS.ProcessEnv): readonly string[] {
  const folders = [...(environment.PATH ?? "").split(path.delimiter), "/usr/sbin"];
  return folders.map((folder) => path.join(folder, name)).filter((file) => existing(file) !== undefined);
}

function findFaketime(): string | undefined {
  const folders = fs.existsSync("/usr/lib") ? fs.readdirSync("/usr/lib") : [];
  return folders.map((folder) => path.join("/usr/lib", folder, "faketime/libfaketime.so.1")).find((file) => fs.existsSync(file));
}

function isOldNode(file: string): boolean {
  const [major = 0] = execFileSync(file, ["--version"], { encoding: "utf8" }).slice(1).split(".").map(Number);
  return major < 22;
}

function existing(file: string): string | undefined {
  return fs.existsSync(file) ? file : undefined;
}
