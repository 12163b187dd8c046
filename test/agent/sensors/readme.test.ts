import { expect, test } from "vitest";
import { DRIVERS } from "../../../agent/sensors/registry.ts";
import { labelsOf, sectionsOf } from "../../support/plug-in-readme.ts";

const sections = await sectionsOf("agent/sensors/README.md");

test("every driver has its section, in the order of names, and no section is left over", () => {
  expect(sections.map(({ name }) => name)).toEqual(Object.keys(DRIVERS).toSorted());
});

test.each(sections)("the section of $name gives a sample that its own schema takes, guarantees, faults and counters", async (section) => {
  const driver = await DRIVERS[section.name]?.();
  expect(labelsOf(section)).toEqual(["Guarantees", "Faults", "Counters"]);
  expect(section.samples.length).toBeGreaterThan(0);
  for (const { name, driver: kind, ...options } of section.samples) {
    expect([typeof name, kind]).toEqual(["string", section.name]);
    expect(await driver?.config.safeParseAsync(options)).toMatchObject({ success: true });
  }
});

test.each(Object.entries(DRIVERS))("%s is registered under its own name", async (name, load) => {
  const driver = await load();
  expect(driver.name).toBe(name);
});
