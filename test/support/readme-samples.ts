/**
 * readme-samples: the configs that stand in README.md, in their order, so that what is shown is what is tested.
 */
import fs from "node:fs";
import { inProject } from "./project-files.ts";

/** @param language of the block: `yaml agent`, `yaml collector`. */
export function readmeSamples(language: string): readonly string[] {
  const text = fs.readFileSync(inProject("README.md"), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, sample = ""]) => sample);
}

/** The one that has `word` in it. */
export function readmeSample(language: string, word: string): string {
  const [found, ...more] = readmeSamples(language).filter((sample) => sample.includes(word));
  if (found === undefined || more.length > 0) throw new Error(`README.md must have one block ${language} with ${word}`);
  return found;
}
