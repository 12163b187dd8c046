import { expect, test } from "vitest";
import { FILTERS } from "../../../agent/filters/registry.ts";
import { labelsOf, sectionsOf } from "../../support/plug-in-readme.ts";

const sections = await sectionsOf("agent/filters/README.md");

test("every filter has its section, in the order of names, and no section is left over", () => {
  expect(sections.map(({ name }) => name)).toEqual(Object.keys(FILTERS).toSorted());
});

test.each(sections)("the section of $name gives samples that its own schema takes, guarantees and counters", (section) => {
  expect(labelsOf(section)).toEqual(["Guarantees", "Counters"]);
  expect(section.samples.length).toBeGreaterThan(0);
  for (const sample of section.samples) {
    expect(Object.keys(sample)).toEqual([section.name]);
    expect(FILTERS[section.name]?.config.safeParse(sample[section.name])).toMatchObject({ success: true });
  }
});

test.each(Object.entries(FILTERS))("%s is registered under its own name", (name, kind) => {
  expect(kind.name).toBe(name);
});
