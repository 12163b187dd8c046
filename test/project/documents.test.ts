/**
 * The documents of the root say what is so: configs parse, links lead somewhere, npm scripts exist.
 */
import fs from "node:fs";
import { expect, test } from "vitest";
import { loadAgentConfig } from "../../agent/config/load.ts";
import { loadCollectorConfig } from "../../collector/config/load.ts";
import { inProject } from "../support/project-files.ts";
import { readmeSample, readmeSamples } from "../support/readme-samples.ts";
import { tempDir } from "../support/temp-dir.ts";

const DOCUMENTS = fs.readdirSync(inProject()).filter((file) => file.endsWith(".md"));
const read = (file: string) => fs.readFileSync(inProject(file), "utf8");

test.each([
  ["roof", { outside: 1 }],
  ["greenhouse-1", { board: 3, air: 2 }],
])("the README's config of the agent %s is one that the agent takes", async (agent, sensors) => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("agent.yaml"), readmeSample("yaml agent", `agent: ${agent}`));
  const config = await loadAgentConfig(dir.join("agent.yaml"), {});
  expect(config.agent).toBe(agent);
  expect(Object.fromEntries(config.sensors.map(({ name, channels }) => [name, channels.length]))).toEqual(sensors);
});

test.each([
  ["load-stats", { reports: [{ name: "load-stats", report: "hourly", format: "csv" }], rules: [] }],
  ["Europe/Berlin", { timeZone: "Europe/Berlin", reports: [], rules: [{ series: "*/*/temperature" }] }],
])("the README's collector config with %s is one that the collector takes", async (word, expected) => {
  await using dir = await tempDir();
  fs.writeFileSync(dir.join("collector.yaml"), readmeSample("yaml collector", word));
  expect(await loadCollectorConfig(dir.join("collector.yaml"), {})).toMatchObject(expected);
});

test("every config in the README is one of these", () => {
  expect([readmeSamples("yaml agent").length, readmeSamples("yaml collector").length]).toEqual([2, 2]);
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
