/**
 * main: `npm run demo` on this machine: its clock, its terminal, its signals.
 *
 * The first Ctrl-C ends the live part in order; more of them change nothing (npm passes a second one on), because
 * stopping is bounded by itself. A terminal or a pipe that goes away counts as Ctrl-C.
 */
import { systemClock } from "../../protocol/index.ts";
import { runDemo } from "./cli.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop.abort());

process.exitCode = await runDemo(process.argv.slice(2), {
  clock: systemClock,
  stop: stop.signal,
  stdout: process.stdout,
  stderr: process.stderr,
});
