/**
 * mosquitto: a real broker that stands elsewhere, as a process with its config in a folder of the test.
 *
 * It has a port of its own, and no other listener, so one that the system runs at 1883 is neither used nor disturbed.
 * It may be killed and started again at the same port; it keeps nothing on the disk, so what it held is lost then.
 */
import fs from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import os from "node:os";
import { needs } from "./needs.ts";
import { type Program, startProgram } from "./processes.ts";
import { type TempDir, tempDir } from "./temp-dir.ts";

export interface Mosquitto extends AsyncDisposable {
  readonly url: string;
  pid(): number;
  /** Its log so far. */
  log(): string;
  /** SIGKILL: its queues, sessions and retained messages are gone. */
  kill(): Promise<void>;
  /** Again, at the same port. */
  start(): Promise<void>;
}

const OPEN_TO_ALL = "allow_anonymous true";

/** @param config lines of mosquitto.conf beside the listener's; paths in it are the caller's. Skips the test where there is no mosquitto. */
export async function startMosquitto(config: string = OPEN_TO_ALL): Promise<Mosquitto> {
  const command = needs("mosquitto");
  const dir = await tempDir();
  const port = await freePort();
  let program = await run(command, dir, port, config);
  let isUp = true;
  const kill = async () => {
    isUp = false;
    await program.kill();
  };
  return {
    url: `mqtt://127.0.0.1:${port}`,
    pid: () => program.pid,
    log: () => program.output(),
    kill,
    async start() {
      if (isUp) throw new Error("mosquitto runs already");
      program = await run(command, dir, port, config);
      isUp = true;
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function run(command: string, dir: TempDir, port: number, config: string): Promise<Program> {
  const file = dir.join("mosquitto.conf");
  await fs.writeFile(file, `${frame(port)}${config}\n`);
  const program = await startProgram({ command, args: ["-c", file] });
  await program.line(/mosquitto version \S+ running/);
  return program;
}

/** Started by root it would become another user, who may not read the files of the test. */
function frame(port: number): string {
  return `user ${os.userInfo().username}\nlog_dest stderr\nlistener ${port} 127.0.0.1\n`;
}

/** mosquitto cannot say which one it got, so it is told. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
