/**
 * The documents of the root say what is so: configs parse, links lead somewhere, npm scripts exist.
 */
import fs from "node:fs";
import { expect, test } from "vitest";
import { loadAgentConfig } from "../../agent/config/load.ts";
import { loadCollectorConfig } from "../../collector/config/load.ts";
import { inProject } from "../support/project-files.ts";
import { tempDir } from "../support/temp-dir.ts";

const DOCUMENTS = fs.readdirSync(inProject()).filter((file) => file.endsWith(".md"));
const read = (file: string) => fs.readFileSync(inProject(file), "utf8");

function sample(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "ms").exec(read("README.md"))?.[1];
  if (found === undefined) throw new Error(`README.md has no block ${language}`);
  return found;
}

test("the README's agent config is one that the agent takes", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("agent.yaml"), sample("yaml agent"));
  const config = await loadAgentConfig(dir.join("agent.yaml"), {});
  expect(config.agent).toBe("greenhouse-1");
  expect(config.sensors.map(({ name, channels }) => [name, channels.length])).toEqual([
    ["board", 3],
    ["air", 2],
  ]);
});

test("the README's collector config is one that the collector takes", async () => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("collector.yaml"), sample("yaml collector"));
  const config = await loadCollectorConfig(dir.join("collector.yaml"), {});
  expect(config.timeZone).toBe("Europe/Berlin");
  expect(config.rules).toHaveLength(1);
});

for (const document of DOCUMENTS) {
  test(`every link of ${document} to a file of the project leads to one`, () => {
    const prose = read(document).replace(/^(`{3,}).*?^\1$/gms, "");
    const targets = [...prose.matchAll(/\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g)].map(([, file = ""]) => file).filter((file) => file !== "");
    expect(targets.filter((file) => !fs.existsSync(inProject(file)))).toEqual([]);
  });

  test(`every npm script that ${document} tells to run exists`, () => {
    const { scripts } = JSON.parse(read("package.json"));
    const told = [...read(document).matchAll(/npm (?:run ([a-z:]+)|(test)\b)/g)].map(([, script, test]) => script ?? test);
    expect(told.filter((script) => script !== undefined && !(script in scripts))).toEqual([]);
  });
}

test("the README tells the two commands that show everything on a fresh clone", () => {
  expect(read("README.md")).toContain("\nnpm ci && npm run demo -- --for 30s\n");
  expect(read("README.md")).toContain("\nnpm ci && npm test\n");
});

test("the README's walk on a Raspberry Pi is the one that verify-arm64 walks", () => {
  const plain = (command: string) =>
    command
      .replace(/ #.*/, "")
      .replace(/^sudo /, "")
      .replaceAll(/ --(no-verbose|quiet|yes)\b/g, "")
      .replace(/\S+(?=\/tributary\.sources)/, "URL")
      .trim();
  const [, told = ""] = /On the Pi, with agent and collector on the same one:\n\n```sh\n(.*?)```/s.exec(read("README.md")) ?? [];
  const [, walk = ""] = /^walk_to_report\(\) \{\n(.*?)^\}/ms.exec(fs.readFileSync(inProject("agent/install/verify-arm64"), "utf8")) ?? [];
  const walked = [...walk.matchAll(/typed "(.*?)"/g)].map(([, command = ""]) => plain(command));
  expect(walked.length).toBeGreaterThan(3);
  expect(told.trim().split("\n").map(plain)).toEqual(walked);
});
