/**
 * The samples of agent/README.md are what the agent takes.
 */
import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { agentSchema } from "../../agent/config/schema.ts";
import { parseConfig } from "../../protocol/index.ts";
import { inProject } from "../support/project-files.ts";

const HEAD = "agent: a\ncollector: mqtt://127.0.0.1\n";
const SENSOR = "sensors:\n  - name: air\n    driver: thermal\n    every: 10s\n";

const text = await fs.readFile(inProject("agent/README.md"), "utf8");
const samples = [...text.matchAll(/```yaml\n([^`]*)```/g)].flatMap(([, yaml = ""]) =>
  yaml.startsWith("channels:")
    ? [`${HEAD}${SENSOR}${yaml.replace(/^/gm, "    ").trimEnd()}\n`]
    : yaml
        .trim()
        .split("\n")
        .map((line) => `${HEAD}${line}\n${SENSOR}`),
);

test.each(samples)("a sample of the agent's README is a config that the agent takes: %#", async (sample) => {
  const surroundings = { file: "/etc/tributary/agent.yaml", hostname: "pi", runtimeFolder: undefined };
  await expect(parseConfig(sample, "agent.yaml", agentSchema(surroundings), {})).resolves.toMatchObject({ agent: "a" });
});

test("there are samples", () => {
  expect(samples.length).toBeGreaterThanOrEqual(7);
});
