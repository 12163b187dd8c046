import { expect, test } from "vitest";
import { agentSchema } from "../../../agent/config/schema.ts";
import { FILTERS, FORMULAS } from "../../../agent/filters/registry.ts";
import { parseConfig } from "../../../protocol/index.ts";
import { labelsOf, sectionsOf } from "../../support/plug-in-readme.ts";

const all = await sectionsOf("agent/filters/README.md");
const sections = all.filter(({ name }) => name !== "derive");

test("every filter has its section, and no section is left over", () => {
  expect(sections.map(({ name }) => name).toSorted()).toEqual(Object.keys(FILTERS).toSorted());
});

test.each(sections)("the section of $name gives samples that its own schema takes, guarantees and counters", (section) => {
  expect(labelsOf(section)).toEqual(["Guarantees", "Counters"]);
  expect(section.samples.length).toBeGreaterThan(0);
  expect(section.samples.map((sample) => Object.keys(sample))).toContainEqual([section.name]);
  for (const [name, options] of section.samples.flatMap((sample) => Object.entries(sample))) {
    expect(FILTERS[name]?.config.safeParse(options ?? {})).toMatchObject({ success: true });
  }
});

test.each(Object.entries(FILTERS))("%s is registered under its own name", (name, kind) => {
  expect(kind.name).toBe(name);
});

test("derive, which is no filter but a channel, has its section too: a sensor that the config takes, and every formula", async () => {
  const [section] = all.filter(({ name }) => name === "derive");
  expect(section && labelsOf(section)).toEqual(["Guarantees", "Counters"]);
  const surroundings = { file: "agent.yaml", hostname: "pi", runtimeFolder: undefined };
  const text = JSON.stringify({ agent: "a", collector: "mqtt://c", sensors: section?.samples });
  const { sensors } = await parseConfig(text, "agent.yaml", agentSchema(surroundings), {});
  expect(sensors.flatMap(({ channels }) => channels.filter(({ derived }) => derived !== undefined)).length).toBeGreaterThan(2);
  const listed = [...(section?.text.matchAll(/^\| `(\w+)`/gm) ?? [])].map(([, name]) => name);
  expect(listed).toEqual(Object.keys(FORMULAS));
});
