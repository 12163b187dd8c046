/**
 * The canary: a lint that resolves nothing is green, so here every rule has to bite.
 *
 * test/canary holds offences, each line marked with the rule it breaks (`// <- rule`). The offences are laid
 * out like the project and checked with the project's own configuration; exactly the marked lines must be
 * found, so the lines without a mark prove what is allowed.
 */
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { copyProject, emptyNames, inProject, projectFiles } from "../support/project-files.ts";
import { tempDir } from "../support/temp-dir.ts";

const run = promisify(execFile);
const CANARY = inProject("test/canary");
const MARK = /\/\/ <- (\S+)$/;

interface Offences {
  readonly files: readonly string[];
  /** `file:line rule`, sorted. */
  readonly marked: readonly string[];
}

async function offencesIn(folder: string): Promise<Offences> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  const marked: string[] = [];
  for (const file of files) {
    const lines = (await fs.readFile(path.join(folder, file), "utf8")).split("\n");
    for (const [index, line] of lines.entries()) {
      const rule = MARK.exec(line)?.[1];
      if (rule !== undefined) marked.push(`${file}:${index + 1} ${rule}`);
    }
  }
  return { files: files.sort(), marked: marked.sort() };
}

/** Output of a checker of ours, which is expected to find something and so to fail. */
async function checker(name: string, args: readonly string[], cwd: string): Promise<string> {
  const outcome = await run(inProject("node_modules/.bin", name), args, { cwd, maxBuffer: 2 ** 26 }).catch((failed) => failed);
  return outcome.stdout;
}

async function lint(folder: string): Promise<readonly string[]> {
  await using dir = await tempDir();
  copyProject(
    dir.path,
    projectFiles().filter((file) => /^(biome\.json|biome-only-main\.grit|\.gitignore)$/.test(file)),
  );
  await fs.cp(folder, dir.path, { recursive: true });
  const output = await checker("biome", ["lint", "--reporter=github", "--max-diagnostics=none", "."], dir.path);
  const errors = output.matchAll(/^::error title=([^,]+),file=([^,]+),line=(\d+)/gm);
  const real = await fs.realpath(dir.path);
  return [...errors].map(([, rule, file = "", line]) => `${path.relative(real, path.resolve(real, file))}:${line} ${rule}`).sort();
}

test("Biome finds every marked line of the canary, and no other", async () => {
  const { marked } = await offencesIn(path.join(CANARY, "lint"));
  const linted = marked.filter((offence) => !offence.endsWith(" empty-name"));
  expect(await lint(path.join(CANARY, "lint"))).toEqual(linted);
});

test("every rule that biome.json names, and every folder it draws a border around, has an offence in the canary", async () => {
  const { files, marked } = await offencesIn(path.join(CANARY, "lint"));
  const config = JSON.parse(await fs.readFile(inProject("biome.json"), "utf8"));
  const { preset: _, ...groups } = config.linter.rules;
  const rules = Object.entries<object>(groups).flatMap(([group, named]) =>
    Object.entries(named).flatMap(([rule, level]) => (level === "off" ? [] : [`lint/${group}/${rule}`])),
  );
  for (const rule of [...rules, "lint/style/noRestrictedImports", "plugin"]) expect(marked.join("\n")).toContain(` ${rule}`);

  const borders: string[][] = config.overrides
    .filter((override: { linter: { rules: { style?: object } } }) => "noRestrictedImports" in (override.linter.rules.style ?? {}))
    .map((override: { includes: string[] }) => override.includes);
  expect(borders.length).toBeGreaterThan(10);
  for (const includes of borders) {
    const inside = files.filter((file) => includes.some((glob) => path.matchesGlob(file, glob)));
    expect(marked.filter((offence) => inside.some((file) => offence.startsWith(`${file}:`))).join(), includes.join()).toContain(
      "noRestrictedImports",
    );
  }
});

test("a file or folder named after nothing is found, and the project has none", async () => {
  const { files, marked } = await offencesIn(path.join(CANARY, "lint"));
  const offences = marked.filter((offence) => offence.endsWith(" empty-name")).map((offence) => offence.split(":")[0]);
  expect(emptyNames(files)).toEqual(offences);
  expect(emptyNames(projectFiles().filter((file) => !file.startsWith("test/canary/")))).toEqual([]);
});

test("the compiler refuses what cannot be erased and what is not strict", async () => {
  await using dir = await tempDir();
  copyProject(dir.path, ["package.json", "tsconfig.json"]);
  await fs.cp(path.join(CANARY, "compile"), path.join(dir.path, "protocol"), { recursive: true });
  const output = await checker("tsc", ["--pretty", "false"], dir.path);
  const found = [...output.matchAll(/^protocol\/([^(]+)\((\d+),\d+\): error (TS\d+)/gm)].map(
    ([, file, line, code]) => `${file}:${line} ${code}`,
  );
  expect(found.sort()).toEqual((await offencesIn(path.join(CANARY, "compile"))).marked);
});

test("knip finds an unused file, an unused export and an unused dependency", async () => {
  await using dir = await tempDir();
  copyProject(dir.path, ["package.json", "tsconfig.json", "knip.json"]);
  await fs.mkdir(path.join(dir.path, "agent"));
  await fs.writeFile(path.join(dir.path, "agent/main.ts"), `import { used } from "./spool.ts";\nused();\n`);
  await fs.writeFile(path.join(dir.path, "agent/spool.ts"), "export function used(): void {}\nexport function unused(): void {}\n");
  await fs.writeFile(path.join(dir.path, "agent/orphan.ts"), "export {};\n");
  const found = JSON.parse(await checker("knip", ["--no-progress", "--reporter", "json"], dir.path)).issues as {
    file: string;
    files?: { name: string }[];
    exports?: { name: string }[];
    dependencies?: { name: string }[];
  }[];
  const names = (kind: "files" | "exports" | "dependencies") => found.flatMap((issue) => issue[kind] ?? []).map(({ name }) => name);
  expect(names("files")).toContain("agent/orphan.ts");
  expect(names("exports")).toEqual(["unused"]);
  expect(names("dependencies")).toContain("zod");
});
