/**
 * simulate: `tributary-simulate` in the process of the test, on a clock that stands still unless it is moved.
 */
import { Writable } from "node:stream";
import { runSimulate } from "../../simulators/cli.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

export interface Simulation {
  readonly clock: ManualClock;
  /** What it has written so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** As Ctrl-C. */
  readonly stop: AbortController;
  readonly code: Promise<number>;
}

export function simulate(...args: readonly string[]): Simulation {
  const clock = manualClock();
  const output = { stdout: "", stderr: "" };
  const into = (name: "stdout" | "stderr") =>
    new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        output[name] += chunk;
        done();
      },
    });
  const stop = new AbortController();
  const random = seededRandom("simulate", 1);
  const terminal = { version: "1.2.3", clock: clock.clock, random, signal: stop.signal, stdout: into("stdout"), stderr: into("stderr") };
  return { clock, output, stop, code: runSimulate(args, terminal) };
}
