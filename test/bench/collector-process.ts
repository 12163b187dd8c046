/**
 * collector-process: a collector as a user starts it, for benches: in a folder of its own, on free ports that stay the
 * same over a restart.
 */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type ProcessUse, useOf } from "./process-use.ts";

const BIN = path.resolve(import.meta.dirname, "../../collector/bin.js");

export class CollectorProcess implements AsyncDisposable {
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** Resolves when it listens. */
  static async start(): Promise<CollectorProcess> {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "tributary-bench-"));
    const collector = new CollectorProcess(folder, await freePort());
    await fs.writeFile(
      path.join(folder, "collector.yaml"),
      `listen: { mqtt: "127.0.0.1:${collector.#port}", http: "127.0.0.1:0" }\ndata: ./data\n`,
    );
    await collector.start();
    return collector;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  get control(): string {
    return path.join(this.#folder, "data/collector.sock");
  }

  async start(): Promise<void> {
    const args = [BIN, "run", "--config", path.join(this.#folder, "collector.yaml")];
    const log = await fs.open(path.join(this.#folder, "collector.log"), "a");
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", log.fd] });
    const said = child.stdout as Readable; // as "pipe" has it
    await log.close();
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once("exit", () => resolve()));
    for await (const line of createInterface(said)) {
      if (!line.startsWith("Listening for agents at ")) continue;
      said.resume();
      return;
    }
    const words = await fs.readFile(path.join(this.#folder, "collector.log"), "utf8");
    throw new Error(`the collector ended before it listened:\n${words.slice(-2_000)}`);
  }

  /** Since it was started last. */
  use(): Promise<ProcessUse> {
    return useOf(this.#child?.pid ?? 0);
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#child?.kill(signal);
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGTERM");
    await fs.rm(this.#folder, { recursive: true });
  }
}

/** Free at this moment, and by the kernel's habit for a while. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
