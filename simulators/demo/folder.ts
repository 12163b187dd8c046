/**
 * folder: the one place the demo writes to, and the names of what lies in it.
 */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Fault } from "../../protocol/index.ts";

export type ProgramName = "collector" | "machine" | "greenhouse";

export interface Folder {
  /** Absolute. */
  readonly path: string;
  config(program: ProgramName): string;
  /** What the program says, both of its outputs. */
  log(program: ProgramName): string;
  control(program: ProgramName): string;
}

/** Linux: a socket's path has at most 107 bytes; a program listens at a name one byte longer first. */
const LONGEST_SOCKET_PATH = 106;

/**
 * @param dir undefined = a new folder among the temporary files.
 * @throws Fault `folder_not_empty`, `folder_unusable`, `folder_path_too_long`.
 */
export async function createFolder(dir: string | undefined): Promise<Folder> {
  const made = await make(dir).catch((error: NodeJS.ErrnoException) => {
    throw new Fault("folder_unusable", `${dir ?? os.tmpdir()}: expected to make a folder there, got ${error.code ?? error.message}`, {
      hint: "name another with --dir",
      cause: error,
    });
  });
  const folder = await fs.realpath(made);
  if ((await fs.readdir(folder)).length > 0) {
    throw new Fault("folder_not_empty", `${folder}: expected an empty or new folder, got one with files in it`, {
      hint: "name another with --dir, or delete that one if it is of an earlier demo",
    });
  }
  const at = (name: string) => path.join(folder, name);
  const longest = at("greenhouse.sock");
  if (Buffer.byteLength(longest) > LONGEST_SOCKET_PATH) {
    throw new Fault(
      "folder_path_too_long",
      `${folder}: expected a short path, for ${longest} is a socket and may have ${LONGEST_SOCKET_PATH} bytes`,
      {
        hint: "name another with --dir, for example --dir /tmp/demo",
      },
    );
  }
  return {
    path: folder,
    config: (program) => at(`${program}.yaml`),
    log: (program) => at(`${program}.log`),
    control: (program) => at(`${program}.sock`),
  };
}

async function make(dir: string | undefined): Promise<string> {
  if (dir === undefined) return await fs.mkdtemp(path.join(os.tmpdir(), "tributary-demo-"));
  await fs.mkdir(dir, { recursive: true });
  return dir;
}
