/**
 * plug-in-readme: the sections of a plug-in folder's README and the config samples in them.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { ROOT } from "./project-files.ts";

export interface Section {
  readonly name: string;
  readonly text: string;
  /** The entries of its YAML samples. */
  readonly samples: readonly Readonly<Record<string, unknown>>[];
}

export async function sectionsOf(readme: string): Promise<readonly Section[]> {
  const text = await fs.readFile(path.join(ROOT, readme), "utf8");
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [name = ""] = section.split("\n");
      const samples = [...section.matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, yaml]) => parse(yaml ?? "") as Section["samples"]);
      return { name, text: section, samples };
    });
}

/** The labels that stand in a section, in their order. */
export function labelsOf({ text }: Section): readonly string[] {
  return [...text.matchAll(/^(Guarantees|Faults|Counters):/gm)].map(([, label]) => label ?? "");
}
