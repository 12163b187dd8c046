/**
 * program: a command that stays, line by line, until it ends or is ended: asked first, then made to.
 */
import type { Fault } from "../../../protocol/index.ts";
import type { DriverContext } from "../contract.ts";
import { Lines } from "../text/lines.ts";
import type { ExecOptions } from "./options.ts";
import { type Child, endGroup, endRestAtExit, lastWords, spawnCommand } from "./spawn.ts";
import { ended, notStarted } from "./trouble.ts";

export interface Listener {
  line(text: string): void;
  tooLong(): void;
  /** Called once, whatever ended it. */
  ended(fault: Fault): void;
}

/** How long a program has to end by itself. */
const PATIENCE_MS = 2_000;

export class Program {
  readonly #child: Child;
  readonly #pause: DriverContext["pause"];
  readonly #closed: Promise<void>;

  constructor(options: ExecOptions, { pause }: DriverContext, listener: Listener) {
    const child = spawnCommand(options);
    const words = lastWords(child);
    const lines = new Lines(() => listener.tooLong());
    child.stdout.on("data", (piece: Buffer) => {
      for (const line of lines.take(piece)) listener.line(line);
    });
    endRestAtExit(child);
    this.#closed = new Promise((resolve) => {
      child.once("error", (error) => {
        listener.ended(notStarted(options, error) as Fault);
        resolve();
      });
      child.once("close", (code, signal) => {
        listener.ended(ended(options, code, signal, words()));
        resolve();
      });
    });
    this.#child = child;
    this.#pause = pause;
  }

  async end(): Promise<void> {
    const closed = new AbortController();
    endGroup(this.#child, "SIGTERM");
    const patience = this.#pause(PATIENCE_MS, closed.signal).catch(() => {}); // it was quicker
    await Promise.race([this.#closed, patience]);
    closed.abort();
    endGroup(this.#child, "SIGKILL");
    await this.#closed;
  }
}
