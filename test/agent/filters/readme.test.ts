import { expect, test } from "vitest";
import { FILTERS } from "../../../agent/filters/registry.ts";
import { labelsOf, sectionsOf } from "../../support/plug-in-readme.ts";

const sections = await sectionsOf("agent/filters/README.md");

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
