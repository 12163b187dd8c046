/**
 * main: `tributary-simulate` on this machine: its clock, its streams, its signals.
 */
import { readFile } from "node:fs/promises";
import { systemClock, systemRandom } from "../protocol/index.ts";
import { runSimulate } from "./cli.ts";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));

process.exitCode = await runSimulate(process.argv.slice(2), {
  version,
  clock: systemClock,
  random: systemRandom,
  signal: interrupted.signal,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onAsked: (tell) => void process.on("SIGUSR2", tell),
});
