/**
 * storage: whether the folder in which a program keeps its data is fit for it: there, writable, local, with room.
 */
import { access, constants, stat, statfs } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import { showSize } from "../config/quantities.ts";
import { green, type Judgement, red, yellow } from "./finding.ts";
import { isInMemory, isNetwork, type Mount, mountOf } from "./mounts.ts";
import { isStopped } from "./program.ts";

export interface Room {
  /** The folder, or the nearest one above it that is there. */
  readonly folder: string;
  readonly freeBytes: number;
  readonly freeInodes: number;
  readonly inodes: number;
}

/** @throws what the system says where not even `/` can be asked. */
export async function roomAt(folder: string): Promise<Room> {
  const there = await nearest(folder);
  const { bavail, bsize, ffree, files } = await statfs(there);
  return { folder: there, freeBytes: bavail * bsize, freeInodes: ffree, inodes: files };
}

/** The mount on which a folder lies, or will lie once it is made. */
export async function mountUnder(root: string, folder: string): Promise<Mount | undefined> {
  return mountOf(root, await nearest(folder));
}

/**
 * All there is to say of a folder for data but its room, which each program judges by its own measure.
 * @param running what the program answered: one that runs shows by itself that it may write.
 * @param runAs the command line that asks again as the folder's owner.
 */
export async function judgeFolder(
  root: string,
  folder: string,
  room: Room,
  running: unknown,
  runAs: (owner: string) => string,
): Promise<readonly Judgement[]> {
  return [
    ...judgeInodes(room),
    ...(await judgeFileSystem(root, folder)),
    ...(isStopped(running) ? await judgeWritable(folder, runAs) : []),
  ];
}

/** Of the file system: read-only, over the network, in memory. */
export async function judgeFileSystem(root: string, folder: string): Promise<readonly Judgement[]> {
  const mount = await mountUnder(root, folder);
  if (mount === undefined) return [];
  const where = `${folder} is on ${mount.type} (${mount.point})`;
  if (mount.isReadOnly) {
    return [
      red(
        `${where}, mounted read-only: nothing can be kept`,
        `sudo mount -o remount,rw ${mount.point}; why it is so: dmesg | grep -i -E 'remount|error'`,
      ),
    ];
  }
  if (isNetwork(mount)) return [red(`${where}, a file system over the network: SQLite's locks and log do not hold there`, MOVE)];
  if (isInMemory(mount)) return [yellow(`${where}, in memory: a power cut takes everything`, MOVE)];
  return [green(where)];
}

const MOVE = "choose a folder on a local disk in the config: findmnt -t ext4,btrfs,xfs,f2fs";

export function judgeInodes({ folder, inodes, freeInodes }: Room): readonly Judgement[] {
  if (inodes === 0) return []; // btrfs and others have no fixed number
  const remedy = `find what made so many small files: sudo du --inodes -x ${folder} | sort -n | tail`;
  if (freeInodes === 0) return [red(`no inodes free at ${folder}: no file can be made`, remedy)];
  return freeInodes < Math.min(1_000, inodes / 100) ? [yellow(`only ${freeInodes} inodes free at ${folder}`, remedy)] : [];
}

/**
 * May this user write there? Who asks may be another than who runs the program, so another's folder is no fault.
 * @param runAs the command line that asks again as the owner.
 */
async function judgeWritable(folder: string, runAs: (owner: string) => string): Promise<readonly Judgement[]> {
  const there = await nearest(folder);
  const missing = there === folder ? "" : `, and ${folder} is made in it`;
  if (await mayWrite(there)) return [green(`${there} may be written by ${userInfo().username}${missing}`)];
  const { uid } = await stat(there);
  if (uid !== process.getuid?.()) {
    const found = `${there} belongs to ${uid === 0 ? "root" : `user ${uid}`} and may not be written by ${userInfo().username}`;
    return [yellow(`${found}: right only if the program runs as its owner`, runAs(`#${uid}`))];
  }
  return [red(`${there} may not be written by its own owner ${userInfo().username}`, `chmod u+rwx ${there}`)];
}

export function showRoom({ freeBytes }: Room): string {
  return `${showSize(freeBytes)} free`;
}

function mayWrite(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The folder itself, or the nearest one above it that is there: the program makes what is missing. */
async function nearest(folder: string): Promise<string> {
  for (let there = folder; ; there = dirname(there)) {
    const found = await stat(there).catch(() => undefined); // missing, or not to be seen: look above
    if (found?.isDirectory() || there === dirname(there)) return there;
  }
}
