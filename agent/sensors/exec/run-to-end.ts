/**
 * run-to-end: a command from its start to its end, in time, with what it printed.
 */
import { MICROS_PER_MS } from "../../../protocol/index.ts";
import type { DriverContext } from "../contract.ts";
import type { ExecOptions } from "./options.ts";
import { type Child, endGroup, endRestAtExit, lastWords, spawnCommand } from "./spawn.ts";
import { failed, notStarted, timedOut, tooMuch } from "./trouble.ts";

/** @throws Fault of `trouble.ts`, or the signal's reason; the command has been ended then. */
export async function runToEnd(options: ExecOptions, { pause }: DriverContext, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const child = spawnCommand(options);
  const over = new AbortController();
  const late = pause(options.timeout / MICROS_PER_MS, AbortSignal.any([signal, over.signal])).then(
    () => {
      throw timedOut(options);
    },
    () => {
      signal.throwIfAborted();
      return new Promise<never>(() => {}); // it has ended in time
    },
  );
  try {
    return await Promise.race([outputOf(child, options), late]);
  } finally {
    over.abort();
    endGroup(child, "SIGKILL");
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function outputOf(child: Child, options: ExecOptions): Promise<string> {
  const words = lastWords(child);
  const pieces: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(notStarted(options, error)));
    child.stdout.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > options.max_size) reject(tooMuch(options));
      else pieces.push(piece);
    });
    endRestAtExit(child);
    child.once("close", (code, signal) => {
      if (code === 0)
        resolve(
          Buffer.concat(pieces)
            .toString("utf8")
            .replace(/^\ufeff/, ""),
        );
      else reject(failed(options, code, signal, words()));
    });
  });
}
