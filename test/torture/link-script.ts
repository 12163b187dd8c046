/**
 * link-script: faults for one life of the link, drawn from the seed.
 */
import fs from "node:fs";
import type { SeededRandom } from "../support/seeded-random.ts";

const KINDS = ["latency", "throttle", "stall", "black_hole", "cut", "reset", "refuse", "double", "one_byte"] as const;

/** Writes the script. @returns the options of `tributary-simulate link` for it. */
export function writeLinkScript(file: string, random: SeededRandom): string[] {
  const { below } = random;
  const between = (least: number, most: number) => least + below(most - least + 1);
  const options = (kind: (typeof KINDS)[number]) => {
    if (kind === "latency") return `, latency: ${between(20, 600)}ms, jitter: ${between(1, 400)}ms`;
    return kind === "throttle" ? `, rate: ${between(1, 30)}kB` : "";
  };
  const lines = Array.from({ length: between(3, 6) }, () => {
    const kind = KINDS[below(KINDS.length)] as (typeof KINDS)[number];
    return `  - { at: ${between(1, 15)}s, for: ${between(300, 6_000)}ms, repeat: ${between(15, 30)}s, fault: ${kind}${options(kind)} }\n`;
  });
  fs.writeFileSync(file, `faults:\n${lines.join("")}`);
  const chances = ["cut=0.01", "reset=0.01", "double=0.1", "one_byte=0.1"].flatMap((chance) => ["--fault", chance]);
  return ["--script", file, "--seed", String(below(1_000_000)), ...chances];
}
