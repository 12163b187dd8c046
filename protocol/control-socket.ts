/**
 * control-socket: the place in the file system where the command line finds the running program.
 *
 * - One process has it: where somebody answers, claiming is a fault. A socket file that nobody answers at was
 *   left by a process that died, and is replaced. A file that is no socket is never touched.
 * - The server listens on a name beside the true one, gets its mode, and is then renamed: nobody can connect
 *   before the mode is right, and there is no moment without a socket.
 */
import fs from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { Fault } from "./faults.ts";

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
    throw new Fault("already_running", `${file}: expected no other program, got an answer from one`, {
      hint: "stop it first, or give this one its own place: another `control:`, or --data DIR for a collector",
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

/** An answer longer than this is no answer of ours. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

export interface AskOptions {
  /** POST does something; it has no body. */
  readonly method?: "GET" | "POST";
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/**
 * Asks the running program: JSON of `path`, over a connection of its own, for one that was kept would be dead after a
 * restart.
 * @throws Fault `not_running`, `not_allowed`, `no_answer`, or the one that the program answers with.
 */
export function askControl(socketPath: string, path: string, { method = "GET", signal }: AskOptions = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, path, method, agent: false, ...(signal !== undefined && { signal }) }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        text += piece;
        if (text.length > LONGEST_ANSWER) request.destroy(new Error("the answer is too long"));
      });
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text));
        else reject(faultOfAnswer(socketPath + path, answer.statusCode ?? 0, text));
      });
    });
    request.end();
    request.on("error", (error: NodeJS.ErrnoException) => reject(askFault(socketPath, error)));
  });
}

/** What a program of ours says of a fault (problem+json); any other answer is none. */
function faultOfAnswer(where: string, status: number, text: string): Fault {
  const problem = problemIn(text);
  if (typeof problem?.title === "string" && typeof problem.detail === "string") {
    return new Fault(problem.title, problem.detail, typeof problem.hint === "string" ? { hint: problem.hint } : {});
  }
  return new Fault("no_answer", `${where}: expected an answer, got HTTP ${status}: ${text.slice(0, 200)}`);
}

function problemIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined; // not JSON: no program of ours
  }
}

function askFault(socketPath: string, error: NodeJS.ErrnoException): Fault {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED") {
    return new Fault("not_running", `${socketPath}: expected a running program, nobody answers`, {
      hint: "start it first, or name the same config (--config) or data folder (--data) as the running one",
      cause: error,
    });
  }
  if (error.code === "EACCES") {
    return new Fault("not_allowed", `${socketPath}: expected the right to ask the running program, got EACCES`, {
      hint: "sudo usermod -aG tributary $USER, then log in again",
      cause: error,
    });
  }
  return new Fault("no_answer", `${socketPath}: expected an answer, got ${error.message}`, { cause: error });
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
    hint: "make its folder and give the program's user the right to write it",
    cause,
  });
}
