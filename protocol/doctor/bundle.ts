/**
 * bundle: everything that helps somebody else to help, as one file: JSON, gzipped (`zcat FILE | jq`).
 *
 * Nothing secret is in it (secrets.ts goes over all of it, not over the config alone); it is readable for its
 * owner only, is never written over an existing file unasked, and is whole or not there.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { showSize } from "../config/quantities.ts";
import { Fault } from "../faults.ts";
import { isTaken, writeWhole } from "../whole-file.ts";
import { withoutSecrets } from "./secrets.ts";

export interface BundleOptions {
  /** Where to; `doctor.json.gz` for example. */
  readonly file: string;
  /** Take the place of a file that is there. */
  readonly force: boolean;
}

/** By name, with what a person reads about it: `versions: agent 0.1.0`. */
export type BundleParts = Readonly<Record<string, { readonly content: unknown; readonly about: string }>>;

const MODE = 0o600;

/** @returns what is in it, for a person. @throws Fault `bundle_exists`, `cannot_write`. */
export async function writeBundle(parts: BundleParts, { file, force }: BundleOptions): Promise<string> {
  const all = Object.fromEntries(Object.entries(parts).map(([name, { content }]) => [name, content]));
  const { value, removed } = withoutSecrets(all);
  const bytes = await promisify(gzip)(`${JSON.stringify(value, null, 2)}\n`);
  try {
    await writeWhole(file, bytes, { replaces: force, mode: MODE });
  } catch (error) {
    throw writeFault(file, error);
  }
  const width = Math.max(...Object.keys(parts).map((name) => name.length));
  const lines = Object.entries(parts).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`);
  const taken =
    removed === 1 ? "1 value that looks like a secret was taken out" : `${removed} values that look like secrets were taken out`;
  return `${[`${file}: ${showSize(bytes.length)}, for you alone to read`, ...lines, `${taken}; look it through: zcat ${file} | less`].join("\n")}\n`;
}

function writeFault(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (isTaken(error)) {
    return new Fault("bundle_exists", `${file}: expected a new file, there is one`, {
      hint: "name another, or add --force",
      cause: error,
    });
  }
  return new Fault("cannot_write", `${file}: expected to write the bundle there, got ${error.code}`, {
    hint: "name a file in a folder of yours, for example ~/doctor.json.gz",
    cause: error,
  });
}
