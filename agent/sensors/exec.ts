/**
 * exec: runs a command and reads what it prints: a number, JSON, CSV, `key=value`, or what an expression finds.
 *
 * - No shell, unless the config says `shell`: what is in a list is a program and its arguments, as they are.
 * - A command that takes too long or prints too much is ended with everything it started (its process group), and
 *   one that fails says so with its last words; its output is not taken.
 * - With `keep_running` the program stays, and each line it prints is a reading; when it ends it is started again,
 *   after a back-off.
 */
import type { DriverKind, PolledDriver, Sample, StreamDriver } from "./contract.ts";
import { type ExecOptions, execOptions } from "./exec/options.ts";
import { Program } from "./exec/program.ts";
import { runToEnd } from "./exec/run-to-end.ts";
import { unreadable } from "./exec/trouble.ts";
import { Inbox } from "./text/inbox.ts";
import { textChannels } from "./text/options.ts";
import { type TextReader, textReader } from "./text/reader.ts";
import { SaidBefore } from "./text/said-before.ts";

export const exec: DriverKind<ExecOptions> = {
  name: "exec",
  config: execOptions,
  channels: (options) => textChannels(options).map((name) => ({ name, unit: "1", kind: "gauge" })),
  create: (options, context) => (options.keep_running ? lasting(options, context) : asked(options, context)),
};

type Create<T> = (...given: Parameters<DriverKind<ExecOptions>["create"]>) => T;

const asked: Create<PolledDriver> = (options, context) => {
  let reader: TextReader | undefined;
  const said = new SaidBefore(); // a command may be asked more often than its device measures
  return {
    shape: "polled",
    bus: `exec:${context.sensor}`,
    async open() {
      reader = await textReader(options);
    },
    async read(signal) {
      const output = await runToEnd(options, context, signal);
      return said.news(sampleOf(output, reader as TextReader, options));
    },
    async close() {},
  };
};

/** @throws Fault `bad_value`, to be asked again. */
function sampleOf(output: string, reader: TextReader, options: ExecOptions): Sample {
  const reasons: string[] = [];
  const sample = reader(output.trim(), (reason) => reasons.push(reason));
  if (sample === undefined) throw unreadable(options, output, reasons[0]);
  return sample;
}

const lasting: Create<StreamDriver> = (options, context) => {
  let inbox = new Inbox(context, options.most_per_second);
  let program: Program | undefined;
  return {
    shape: "stream",
    bus: `exec:${context.sensor}`,
    async open() {
      const reader = await textReader(options);
      const box = new Inbox(context, options.most_per_second);
      inbox = box;
      program = new Program(options, context, {
        line(text) {
          box.attempt(() => {
            const sample = reader(text, (reason) => box.skip(reason, text));
            if (sample !== undefined) box.put(sample);
          });
        },
        tooLong: () => box.skip("line_too_long"),
        ended: (fault) => box.fail(fault),
      });
    },
    next: (signal) => inbox.burst(signal),
    rest: () => inbox.rest(),
    async close() {
      await program?.end();
      program = undefined;
    },
  };
};
