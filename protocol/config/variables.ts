/**
 * variables: `${NAME}` in the values of a config, filled in from the environment.
 *
 * Only values are filled in, never keys, and the result is always a text: what a variable holds cannot become
 * a map, a number, another line or another variable. `$${NAME}` is the text `${NAME}`. A variable that is not
 * set is a problem; one that is set to nothing is an empty text.
 */
import type { Problem } from "./check.ts";

type Yaml = typeof import("yaml");
export type Variables = Readonly<Record<string, string | undefined>>;

/** Changes the scalars below `root`. @returns a problem for each variable that is not set. */
export function fillIn(yaml: Yaml, root: unknown, env: Variables): readonly Problem[] {
  const problems: Problem[] = [];
  const walk = (node: unknown, path: readonly PropertyKey[]): void => {
    if (yaml.isMap(node)) for (const { key, value } of node.items) walk(value, [...path, keyOf(yaml, key)]);
    else if (yaml.isSeq(node)) for (const [index, item] of node.items.entries()) walk(item, [...path, index]);
    else if (yaml.isScalar(node) && typeof node.value === "string") node.value = fill(node.value, path);
  };
  const fill = (text: string, path: readonly PropertyKey[]) =>
    text.replace(/(\$?)\$\{([^}]*)\}/g, (whole: string, dollar: string, variable: string) => {
      if (dollar !== "") return whole.slice(1);
      const value = env[variable];
      if (value === undefined) problems.push({ path, message: `expected the environment variable ${variable || "(no name)"} to be set` });
      return value ?? "";
    });
  walk(root, []);
  return problems;
}

/** A key as the config sees it. */
export function keyOf(yaml: Yaml, key: unknown): string {
  return String(yaml.isScalar(key) ? key.value : key);
}
