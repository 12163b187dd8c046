/**
 * workshop: where packages are made, and the tools of the machine that make them.
 */
import { spawn } from "node:child_process";
import { Fault } from "../../../protocol/index.ts";

export interface Workshop {
  /** The project's root folder. */
  readonly project: string;
  /** Kept from run to run: the runtime, which is large and changes rarely, and the signing key. */
  readonly cache: string;
  /** Of this run alone, gone at its end. */
  readonly scratch: string;
  /** Time of every file in every package, seconds since 1970. */
  readonly epochSeconds: number;
  /** @returns stdout. @throws Fault `tool_missing`, `tool_failed`. */
  run(command: string, args: readonly string[], options?: ToolOptions): Promise<string>;
}

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its output goes to the terminal while it runs, and is not returned. */
  readonly isShown?: boolean;
}

/** The Debian package of a tool, where it has another name. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  "apt-ftparchive": "apt-utils",
  "dpkg-deb": "dpkg",
  gpg: "gnupg",
  "aarch64-linux-gnu-strip": "binutils-aarch64-linux-gnu",
  "x86_64-linux-gnu-strip": "binutils-x86-64-linux-gnu",
};

/** @param inherited the environment every tool gets. */
export function toolRunner(inherited: NodeJS.ProcessEnv): Workshop["run"] {
  return (command, args, { cwd, env = {}, isShown = false } = {}) =>
    new Promise((resolve, reject) => {
      const output = isShown ? "inherit" : "pipe";
      const child = spawn(command, args, { cwd, env: { ...inherited, ...env }, stdio: ["ignore", output, output] });
      let stdout = "";
      let stderr = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      child.once("error", (cause) => reject(toolMissing(command, cause)));
      child.once("close", (code) => {
        if (code === 0) resolve(stdout);
        else reject(new Fault("tool_failed", `${command} ${args.join(" ")}: expected exit code 0, got ${code}\n${stderr}`));
      });
    });
}

function toolMissing(command: string, cause: Error): Fault {
  return new Fault("tool_missing", `expected the tool ${command} on this machine, got ${cause.message}`, {
    cause,
    hint: `apt-get install ${PACKAGE_OF[command] ?? command}`,
  });
}
