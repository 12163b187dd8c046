/**
 * kernel-cases: what real devices said, one case a line, from the data set linux_sysfs; read where it lies.
 */
import fs from "node:fs";
import path from "node:path";
import { needs } from "./needs.ts";

export interface KernelCase {
  readonly id: string;
  readonly interface: string;
  readonly device: string;
  readonly raw: readonly string[];
}

/** Cases whose interface matches. Skips the test where the data set is not there. */
export function kernelCases(pattern: RegExp): readonly KernelCase[] {
  const text = fs.readFileSync(path.join(needs("data:linux_sysfs"), "cases.jsonl"), "utf8");
  const cases = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as KernelCase);
  return cases.filter((each) => pattern.test(each.interface));
}
