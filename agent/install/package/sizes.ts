/**
 * sizes: what the packages may weigh. A device's card and its link pay for every megabyte.
 */
import { Fault } from "../../../protocol/index.ts";
import type { BuiltPackage } from "./deb.ts";

const MEGABYTE = 1_000_000;
const DEB_LIMITS_MB: Readonly<Record<string, number>> = { "tributary-agent": 3, "tributary-collector": 3, "tributary-runtime": 30 };
/** All packages of one processor together. */
const INSTALLED_LIMIT_MB = 125;

/** A line for each package and one for their sum. @throws Fault `package_too_big`. */
export function sizeTable(packages: readonly BuiltPackage[]): string {
  const lines = packages.map(({ name, architecture, debBytes, installedBytes }) => {
    const limit = DEB_LIMITS_MB[name] ?? 0;
    demand(`${name} (${architecture}).deb`, debBytes, limit);
    return `${`${name} ${architecture}`.padEnd(28)} .deb ${inMegabytes(debBytes)} MB (limit ${limit}), installed ${inMegabytes(installedBytes)} MB`;
  });
  for (const architecture of new Set(packages.map((built) => built.architecture))) {
    const bytes = packages.filter((built) => built.architecture === architecture).reduce((sum, built) => sum + built.installedBytes, 0);
    demand(`everything for ${architecture}, installed`, bytes, INSTALLED_LIMIT_MB);
    lines.push(`${`all ${architecture}`.padEnd(28)} installed ${inMegabytes(bytes)} MB (limit ${INSTALLED_LIMIT_MB})`);
  }
  return `${lines.join("\n")}\n`;
}

function demand(what: string, bytes: number, limitMegabytes: number): void {
  if (bytes <= limitMegabytes * MEGABYTE) return;
  throw new Fault("package_too_big", `${what}: expected at most ${limitMegabytes} MB, got ${inMegabytes(bytes)} MB`, {
    hint: "look for a library that came in newly: git diff package-lock.json",
  });
}

function inMegabytes(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(2);
}
