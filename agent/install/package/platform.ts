/**
 * platform: the processors there are packages for, by their names in Debian and in Node.
 */
import { Fault } from "../../../protocol/index.ts";

export interface Architecture {
  /** As dpkg calls it. */
  readonly debian: "arm64" | "amd64";
  /** As `process.arch` calls it. */
  readonly node: "arm64" | "x64";
  /** As the GNU tools call it: `aarch64-linux-gnu-strip`. */
  readonly gnu: "aarch64" | "x86_64";
}

const ARCHITECTURES: readonly Architecture[] = [
  { debian: "arm64", node: "arm64", gnu: "aarch64" },
  { debian: "amd64", node: "x64", gnu: "x86_64" },
];

/** @throws Fault `unknown_architecture`. */
export function architectureOf(name: string): Architecture {
  const found = ARCHITECTURES.find(({ debian, node }) => name === debian || name === node);
  if (found !== undefined) return found;
  throw new Fault("unknown_architecture", `--arch: expected ${ARCHITECTURES.map(({ debian }) => debian).join(" or ")}, got ${name}`);
}
