/**
 * victim: one program that is killed again and again, and kept up in between as a service manager would.
 *
 * What ends by itself is started again, and noted: a fault with a reason (a full disk at its start) is part of the
 * game, a bug is not. All that a program says is kept in a file of its own.
 */
import fs from "node:fs";
import { setTimeout as pass } from "node:timers/promises";
import { type Launch, launchProgram, type Program } from "../support/program.ts";

const RESTART_MS = 500;
/** What only a bug of ours leaves behind: its own word, a stack, or a signal that nobody here sent. */
const BUG = /BUG:|^\s+at .+[:(]\d+:\d+|FATAL ERROR/m;

export interface VictimParts {
  readonly name: string;
  /** Asked again at every start. */
  launch(): Launch;
  /** What it says when it works. */
  readonly works: RegExp;
  /** Where its words are kept. */
  readonly log: string;
}

export class Victim {
  readonly name: string;
  /** Ends that nobody caused, in words, and bugs. */
  readonly ownEnds: string[] = [];
  readonly bugs: string[] = [];
  readonly #parts: VictimParts;
  #program: Program | undefined;
  #isWanted = false;
  #restarts = Promise.resolve();

  constructor(parts: VictimParts) {
    this.#parts = parts;
    this.name = parts.name;
  }

  /** The running program; after a fault of its own there may be none for a moment. */
  get program(): Program | undefined {
    return this.#program;
  }

  async start(): Promise<Program> {
    this.#isWanted = true;
    const program = await launchProgram(this.#parts.launch());
    this.#program = program;
    void program.ended.then(({ code, signal }) => this.#ended(program, code === null ? `signal ${signal}` : `code ${code}`));
    return program;
  }

  /** Resolves when the running one works, has ended, or does neither for a long time. */
  async works(): Promise<void> {
    await this.#program?.line(this.#parts.works).catch(() => undefined);
  }

  /** SIGKILL at any moment of its life, its start included; up again after `downMs`. */
  async kill(downMs: number): Promise<void> {
    this.#isWanted = false;
    await this.#restarts;
    await this.#program?.kill("SIGKILL");
    await pass(downMs);
    await this.start();
  }

  /** In order, for good. @returns how it ended. */
  async stop(): Promise<string> {
    this.#isWanted = false;
    await this.#restarts;
    if (this.#program === undefined) return "not running";
    const { code, signal } = await this.#program.kill("SIGTERM");
    return code === null ? `signal ${signal}` : `code ${code}`;
  }

  /** Runs it to its own end; one that has none in this time is killed. */
  async finish(limitMs: number): Promise<string> {
    const program = await this.start();
    this.#isWanted = false;
    const limit = setTimeout(() => void program.kill("SIGKILL"), limitMs);
    const { code, signal } = await program.ended;
    clearTimeout(limit);
    return code === null ? `signal ${signal}` : `code ${code}`;
  }

  #ended(program: Program, how: string): void {
    const said = program.output();
    fs.appendFileSync(this.#parts.log, `${said}--- ended: ${how}\n`);
    if (BUG.test(said)) this.bugs.push(`${this.name}: ${BUG.exec(said)?.[0].trim()}: see ${this.#parts.log}`);
    if (this.#program !== program) return;
    this.#program = undefined;
    if (!this.#isWanted) return;
    this.ownEnds.push(`${how}: ${said.trimEnd().split("\n").slice(-2).join(" ")}`);
    this.#restarts = this.#restarts.then(async () => {
      await pass(RESTART_MS);
      if (this.#isWanted) await this.start();
    });
  }
}
