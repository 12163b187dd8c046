/**
 * rights: who a user of this machine is, and what he may read, from `/etc/passwd`, `/etc/group` and the
 * modes of files: for the user the agent runs as, who mostly is not the one who asks.
 *
 * Source: passwd(5), group(5), path_resolution(7). Access control lists are not looked at.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly groups: ReadonlySet<number>;
}

interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export interface Right {
  readonly allowed: boolean;
  /** Group of the file. */
  readonly gid: number;
  /** May the members of that group read it? */
  readonly groupMay: boolean;
}

const READ = 0o4;

/** A user that nobody listed has a number alone. */
export async function userById(root: string, uid: number): Promise<User> {
  const [, name = `#${uid}`, gid] =
    (await lines(root, "passwd")).map(([name, , id, group]) => [id, name, group]).find(([id]) => id === `${uid}`) ?? [];
  const own = (await groupsOf(root)).filter(({ members }) => members.includes(name)).map((group) => group.gid);
  return { name, uid, groups: new Set(gid === undefined ? own : [Number(gid), ...own]) };
}

/** Name of a group, or its number. */
export async function groupName(root: string, gid: number): Promise<string> {
  return (await groupsOf(root)).find((group) => group.gid === gid)?.name ?? `#${gid}`;
}

/** May the user read the file? Undefined where it is not there. */
export async function mayRead(path: string, { uid, groups }: User): Promise<Right | undefined> {
  const found = await stat(path).catch(() => undefined); // missing
  if (found === undefined) return undefined;
  const shift = found.uid === uid ? 6 : groups.has(found.gid) ? 3 : 0;
  const may = (bits: number) => ((found.mode >> bits) & READ) !== 0;
  return { allowed: uid === 0 || may(shift), gid: found.gid, groupMay: may(3) };
}

async function groupsOf(root: string): Promise<readonly Group[]> {
  return (await lines(root, "group")).map(([name = "", , gid, members = ""]) => ({ name, gid: Number(gid), members: members.split(",") }));
}

async function lines(root: string, file: "passwd" | "group"): Promise<readonly (readonly string[])[]> {
  const text = await readFile(join(root, "etc", file), "utf8").catch(() => ""); // a tree without users
  return text.split("\n").map((line) => line.split(":"));
}
