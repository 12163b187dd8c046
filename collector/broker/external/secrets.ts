/**
 * secrets: what the config of an external broker keeps in files: the password, and the certificates to trust.
 */
import { readFile } from "node:fs/promises";
import { Fault } from "../../../protocol/index.ts";
import type { ExternalPlace } from "../contract.ts";

/** As they are in their files now. @throws Fault `broker_file_unreadable`. */
export async function brokerSecrets({ passwordFile, caFile }: Pick<ExternalPlace, "passwordFile" | "caFile">): Promise<{
  readonly password: string | undefined;
  readonly ca: string | undefined;
}> {
  return {
    password: passwordFile === undefined ? undefined : (await readSecret(passwordFile)).trim(),
    ca: caFile === undefined ? undefined : await readSecret(caFile),
  };
}

async function readSecret(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const hint = "name the right file in `broker:`, and let the collector's user read it";
    throw new Fault("broker_file_unreadable", `${file}: expected a readable file, got ${cause.code}`, { retry: true, hint, cause });
  });
}
