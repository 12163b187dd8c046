import fs from "node:fs";
import { expect, test } from "vitest";
import { judgeFileSystem, judgeInodes, mountUnder, roomAt } from "../../../protocol/index.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** A tree whose kernel knows these mounts. */
async function machine(...mounts: readonly string[]) {
  const dir = await tempDir();
  fs.mkdirSync(dir.join("proc/self"), { recursive: true });
  fs.writeFileSync(dir.join("proc/self/mountinfo"), `${mounts.join("\n")}\n`);
  return dir;
}

const ROOT = "25 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw";

test.each([
  ["a local disk", "rw,noatime", "ext4", "rw", "green"],
  ["a disk that is mounted read-only", "ro,noatime", "ext4", "rw", "red"],
  ["a disk that went read-only after errors", "rw", "ext4", "ro,errors=remount-ro", "red"],
  ["NFS", "rw", "nfs4", "rw,vers=4.2", "red"],
  ["a Windows share", "rw", "cifs", "rw", "red"],
  ["sshfs", "rw", "fuse.sshfs", "rw", "red"],
  ["memory", "rw", "tmpfs", "rw,size=1024k", "yellow"],
])("%s is judged", async (_, options, type, superOptions, verdict) => {
  await using dir = await machine(ROOT, `40 25 0:35 / /nowhere/spool ${options} shared:5 - ${type} source ${superOptions}`);
  fs.mkdirSync(dir.join("etc"));
  // The folder is asked from the real root where it is missing, so a mount on what is there is judged.
  const here = dir.path;
  fs.appendFileSync(
    dir.join("proc/self/mountinfo"),
    `41 25 0:36 / ${here} ${options} shared:6 master:2 - ${type} source ${superOptions}\n`,
  );
  const [judgement] = await judgeFileSystem(dir.path, dir.join("spool/deeper"));
  expect(judgement).toMatchObject({ verdict });
  expect(judgement?.found).toContain(`${type} (${here})`);
});

test("the innermost mount counts, the newest where two lie on one point, and a name with a space is one name", async () => {
  await using dir = await machine(ROOT);
  const inner = dir.join("my data");
  fs.mkdirSync(inner);
  const written = inner.replace(" ", "\\040");
  fs.appendFileSync(
    dir.join("proc/self/mountinfo"),
    `30 25 8:1 / ${written} rw - xfs /dev/sda1 rw\n31 30 8:2 / ${written} rw - btrfs /dev/sda2 rw\n32 25 8:3 / ${written}base ro - ext4 /dev/sda3 rw\n`,
  );
  expect(await mountUnder(dir.path, inner)).toEqual({ point: inner, type: "btrfs", isReadOnly: false, device: "8:2" });
  expect(await mountUnder(dir.path, "/")).toMatchObject({ type: "ext4", device: "179:2" });
});

test("where the kernel tells nothing, nothing is said", async () => {
  await using dir = await tempDir();
  expect(await judgeFileSystem(dir.path, dir.path)).toEqual([]);
});

test("room is asked of the folder, or of the nearest one above it that is there", async () => {
  await using dir = await tempDir();
  expect(await roomAt(dir.join("not/yet"))).toMatchObject({ folder: dir.path, freeBytes: expect.any(Number) });
});

test("inodes are judged where there is a number of them", () => {
  const judge = (inodes: number, freeInodes: number) =>
    judgeInodes({ folder: "/x", freeBytes: 1, inodes, freeInodes }).map(({ verdict }) => verdict);
  expect([judge(0, 0), judge(1_000_000, 500_000), judge(1_000_000, 900), judge(1_000_000, 0), judge(2_000, 100)]).toEqual([
    [],
    [],
    ["yellow"],
    ["red"],
    [],
  ]);
});
