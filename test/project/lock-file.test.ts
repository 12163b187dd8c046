/**
 * package-lock.json serves every machine, not only the one it was written on: `npm ci` refuses a lock file
 * that leaves out the optional packages of other platforms, and a registry mirror may not list those.
 */
import fs from "node:fs";
import { expect, test } from "vitest";
import { inProject } from "../support/project-files.ts";

interface Locked {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test("the lock file knows the packages of every platform", () => {
  const { packages } = JSON.parse(fs.readFileSync(inProject("package-lock.json"), "utf8")) as { packages: Record<string, Locked> };
  const wanted = Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => [`${parent}/node_modules/${name}`, `node_modules/${name}`]),
  );
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter((places) => !places.some((place) => packages[place]?.version !== undefined))).toEqual([]);
});
