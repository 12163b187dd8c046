/**
 * options: the config of the `exec` driver, and what it means.
 */
import { z } from "zod";
import { duration, MICROS_PER_HOUR, MICROS_PER_MS, micros, size } from "../../../protocol/index.ts";
import { checkText, TEXT_KEYS } from "../text/options.ts";

const COMMAND = "expected a list like [vcgencmd, measure_temp]: the program, then its arguments";

/** A longer answer holds more than readings. */
const LARGEST = 1024 * 1024;

export const execOptions = z
  .strictObject({
    command: z.array(z.string(COMMAND), COMMAND).min(1, COMMAND).max(100).optional(),
    /** A line for /bin/sh: pipes, variables, quotes. */
    shell: z.string().min(1).optional(),
    /** Where it runs; without it where the agent does. */
    folder: z.string().startsWith("/", "expected an absolute path").optional(),
    /** The program stays, and each line is a reading. */
    keep_running: z.boolean().default(false),
    timeout: duration({ least: micros(10 * MICROS_PER_MS), most: micros(MICROS_PER_HOUR) }).prefault("10s"),
    max_size: size()
      .refine((bytes) => bytes <= LARGEST, "expected at most 1MiB")
      .prefault("64KiB"),
    /** With keep_running: lines beyond that are not taken, and counted. */
    most_per_second: z.int().min(1).max(10_000).default(100),
    ...TEXT_KEYS,
  })
  .superRefine((given, context) => {
    checkText(given, context);
    if ((given.command === undefined) === (given.shell === undefined)) {
      context.addIssue({ code: "custom", path: [given.shell === undefined ? "command" : "shell"], message: `${COMMAND}, or shell` });
    }
  });

export type ExecOptions = z.output<typeof execOptions>;

/** For messages. */
export function shownCommand({ command, shell }: ExecOptions): string {
  return (shell ?? command?.join(" ") ?? "").slice(0, 100);
}
