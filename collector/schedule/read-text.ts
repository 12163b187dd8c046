/**
 * read-text: a token, a password or a certificate from its file, read anew at every attempt, so that mending the file is enough.
 */
import { readFile } from "node:fs/promises";
import { Fault } from "../../protocol/index.ts";

/** @throws Fault `secret_unreadable`, which may pass: the file is mended while the report waits. */
export async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const hint = "name the right file, and let the collector's user read it";
    throw new Fault("secret_unreadable", `${file}: expected a readable file, got ${error.code}`, { retry: true, hint, cause: error });
  });
}
