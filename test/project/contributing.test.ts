/**
 * CONTRIBUTING.md, followed to the letter: its code blocks are applied to a copy of the project, in order,
 * and the commands it tells to run must succeed there.
 *
 * A block says what to do with it after its language: `file=` write it (a diff: insert the `+` lines behind
 * the line before them), `append=` add it at the end, after an empty line, `run` run it.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { copyProject, inProject, projectFiles } from "../support/project-files.ts";
import { tempDir } from "../support/temp-dir.ts";

interface Block {
  readonly language: string;
  readonly action: string;
  readonly file: string;
  readonly text: string;
}

function blocksOf(markdown: string): readonly Block[] {
  const fences = markdown.matchAll(/^(`{3,})(\w+) (run|file=|append=)(\S*)\n(.*?)^\1$/gms);
  return [...fences].map(([, , language = "", action = "", file = "", text = ""]) => ({ language, action, file, text }));
}

function follow({ language, action, file, text }: Block, project: string): void {
  if (action === "run") {
    execute(text, project);
    return;
  }
  const target = path.join(project, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const before = fs.existsSync(target) ? fs.readFileSync(target, "utf8") : "";
  if (action === "append=") fs.writeFileSync(target, `${before}\n${text}`);
  else fs.writeFileSync(target, language === "diff" ? patch(before, text) : text);
}

/** Inserts the `+` lines behind the one line of context before them, which must be there exactly once. */
function patch(source: string, diff: string): string {
  const lines = diff.trimEnd().split("\n");
  const [context = ""] = lines.filter((line) => line.startsWith(" ")).map((line) => `${line.slice(1)}\n`);
  const added = lines.filter((line) => line.startsWith("+")).map((line) => `${line.slice(1)}\n`);
  expect(source.split(context), `"${context.trim()}" must be in the file exactly once`).toHaveLength(2);
  return source.replace(context, () => context + added.join(""));
}

function execute(script: string, cwd: string): void {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|TRIBUTARY_TEST_REPORT)/.test(name)));
  try {
    execFileSync("sh", ["-e", "-c", script], { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (failed) {
    const { stdout, stderr } = failed as { stdout: string; stderr: string };
    throw new Error(`the commands of CONTRIBUTING.md failed:\n${script}\n${stdout}\n${stderr}`);
  }
}

test("a new filter is added by following CONTRIBUTING.md to the letter", { timeout: 120_000 }, async () => {
  const blocks = blocksOf(fs.readFileSync(inProject("CONTRIBUTING.md"), "utf8"));
  await using dir = await tempDir();
  copyProject(dir.path, projectFiles());
  for (const block of blocks) follow(block, dir.path);
  expect(blocks.map(({ action }) => action)).toEqual(["file=", "file=", "file=", "file=", "append=", "run"]);
});

test("the example's files are formatted as the project is, so that a copy of them passes unchanged", async () => {
  await using dir = await tempDir();
  copyProject(
    dir.path,
    projectFiles().filter((file) => /^(biome\.json|\.gitignore|biome-only-main\.grit)$/.test(file)),
  );
  const written = blocksOf(fs.readFileSync(inProject("CONTRIBUTING.md"), "utf8")).filter(({ language }) => language === "ts");
  for (const block of written) follow(block, dir.path);
  expect(written).toHaveLength(2);
  execute("npx biome check --error-on-warnings .", dir.path);
});
