/**
 * control-socket: the place in the file system where the command line finds the running collector.
 *
 * - One process has it: where somebody answers, claiming is a fault. A socket file that nobody answers at was
 *   left by a process that died, and is replaced. A file that is no socket is never touched.
 * - The server listens on a name beside the true one, gets its mode, and is then renamed: nobody can connect
 *   before the mode is right, and there is no moment without a socket.
 */
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { Fault } from "../../protocol/index.ts";

/** `sun_path` of Linux holds 108 bytes, one of them the end. */
const LONGEST_PATH = 107;
const MODE = 0o660;

export interface SocketClaim {
  /** Where to listen first. */
  readonly temporary: string;
  /** Call when listening: sets the mode and gives the socket its name. */
  publish(): Promise<void>;
  /** Takes the name away, where it is still ours. */
  release(): Promise<void>;
}

/** @throws Fault `already_running`, `control_path_taken`, `control_path_too_long`, `control_path_unusable` */
export async function claimSocket(file: string): Promise<SocketClaim> {
  const temporary = `${file}~`;
  if (Buffer.byteLength(temporary) > LONGEST_PATH) throw tooLong(file);
  await checkFree(file);
  await fs.rm(temporary, { force: true }).catch((error: unknown) => {
    throw unusable(file, error);
  });
  await fs.access(path.dirname(file), fs.constants.W_OK).catch((error: unknown) => {
    throw unusable(file, error);
  });
  let own: number | undefined;
  return {
    temporary,
    async publish() {
      await fs.chmod(temporary, MODE);
      own = (await fs.stat(temporary)).ino;
      await fs.rename(temporary, file);
    },
    async release() {
      const now = await fs.stat(file).catch(() => undefined); // gone already: nothing to take away
      if (now !== undefined && now.ino === own) await fs.rm(file, { force: true });
    },
  };
}

async function checkFree(file: string): Promise<void> {
  const stat = await fs.lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw unusable(file, error);
  });
  if (stat === undefined) return;
  if (!stat.isSocket()) {
    throw new Fault("control_path_taken", `${file}: expected nothing or a socket, got another file`, {
      hint: "move that file away, or choose another path in control",
    });
  }
  if (await answers(file)) {
    throw new Fault("already_running", `${file}: expected no other collector, got an answer from one`, {
      hint: "stop it first, or give this one its own data folder with --data",
    });
  }
}

/** True where a process listens at the socket. */
function answers(file: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path: file });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else reject(unusable(file, error));
    });
  });
}

function tooLong(file: string): Fault {
  return new Fault(
    "control_path_too_long",
    `${file}: expected at most ${LONGEST_PATH - 1} bytes for a socket, got ${Buffer.byteLength(file)}`,
    {
      hint: "choose a shorter path in control, for example under /run",
    },
  );
}

function unusable(file: string, cause: unknown): Fault {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new Fault("control_path_unusable", `${file}: expected to make a socket there, got ${code}`, {
    hint: "make its folder and give the user of the collector the right to write it",
    cause,
  });
}
