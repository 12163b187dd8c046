/**
 * written-config: a config file as it is written, `${NAME}` not filled in: for a bundle, which strangers read.
 *
 * Comments are not in it. What is no YAML is left out as a whole: no secret can be found in it, so none could be
 * taken out.
 */
import { readFile } from "node:fs/promises";

export async function readWrittenConfig(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== "string") return { left_out: `it could not be read: ${text.code}` };
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { logLevel: "silent" });
  if (document.errors.length > 0) return { left_out: "it is no YAML, so what is secret in it cannot be told" };
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { left_out: "its aliases multiply without end" };
  }
}
