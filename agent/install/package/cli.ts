/**
 * cli: the words of `npm run package`.
 */
import { Command } from "commander";
import { exitCodeOf } from "../../../protocol/index.ts";

export interface PackageOptions {
  readonly out: string;
  /** undefined = package.json's. */
  readonly version: string | undefined;
  /** Debian's names. */
  readonly arch: readonly string[];
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly cache: string;
  /** False with `--untested`. */
  readonly isTested: boolean;
  readonly isMeasured: boolean;
}

/** @returns the exit code. */
export function runPackager(argv: readonly string[], make: (options: PackageOptions) => Promise<void>, printError: (text: string) => void) {
  return exitCodeOf(async () => {
    const program = new Command("npm run package --")
      .description("Makes .deb and .tar.gz packages of runtime, agent and collector, and a signed apt repository of them.")
      .option("--out <dir>", "folder for what is made", "dist")
      .option("--version <version>", "version of agent and collector; default: the one in package.json")
      .option("--arch <list>", "processors, with commas", "arm64,amd64")
      .option("--url <url>", "where devices will find the repository; default: the folder itself")
      .option("--key <file>", "secret key to sign the repository with; default: one made once and kept in the cache")
      .option("--cache <dir>", "folder kept from run to run: Node for each processor, the key", "node_modules/.cache/tributary")
      .option("--untested", "do not run the tests of processes against the bundles first", false)
      .option("--measure", "compare start-up time and memory of the bundle with the sources", false)
      .configureOutput({ writeErr: printError })
      .exitOverride()
      .parse(argv, { from: "user" });
    const { arch, untested, measure, ...options } = program.opts();
    await make({ ...(options as PackageOptions), arch: arch.split(","), isTested: !untested, isMeasured: measure });
    return 0;
  }, printError);
}
