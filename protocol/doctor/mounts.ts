/**
 * mounts: on which file system a path lies, as the kernel tells.
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface Mount {
  readonly point: string;
  /** `ext4`, `nfs4`, `tmpfs` ... */
  readonly type: string;
  readonly isReadOnly: boolean;
  /** `major:minor` of the device. */
  readonly device: string;
}

/** Locks and write-ahead logs of SQLite need shared memory, which no file system over a network gives. */
const NETWORK = /^(nfs\d?|cifs|smb\d?|smbfs|9p|ceph|glusterfs|fuse\.(sshfs|rclone|s3fs|glusterfs|davfs.*)|afs|ncpfs|davfs)$/;
const MEMORY = /^(tmpfs|ramfs)$/;

export function isNetwork({ type }: Mount): boolean {
  return NETWORK.test(type);
}

/** Is everything on it gone when the machine is off? */
export function isInMemory({ type }: Mount): boolean {
  return MEMORY.test(type);
}

/**
 * The mount under `path`; undefined where the kernel does not tell.
 * Source: proc_pid_mountinfo(5): id, parent, major:minor, root, point, options, optional fields, "-", type, source, super options.
 */
export async function mountOf(root: string, path: string): Promise<Mount | undefined> {
  const text = await readFile(join(root, "proc/self/mountinfo"), "utf8").catch(() => ""); // no /proc: nobody tells
  const mounts = text.split("\n").flatMap(parseLine);
  const over = mounts.filter(({ point }) => contains(point, path));
  return over.reduce<Mount | undefined>((best, mount) => (mount.point.length >= (best?.point.length ?? 0) ? mount : best), undefined);
}

function parseLine(line: string): Mount[] {
  const [left = "", right = ""] = line.split(" - ");
  const [, , device = "", , point = "", options = ""] = left.split(" ");
  const [type = "", , superOptions = ""] = right.split(" ");
  if (point === "" || type === "") return [];
  const isReadOnly = [...options.split(","), ...superOptions.split(",")].includes("ro");
  return [{ point: unescaped(point), type, isReadOnly, device }];
}

/** Space, tab, line end and backslash are written as octal. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function contains(point: string, path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (folder === point) return true;
    if (folder === dirname(folder)) return false;
  }
}
