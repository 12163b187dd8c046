/**
 * disk: is there a place for the spool: there, writable, local, and with room for what the config promises?
 */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Check, green, type Judgement, judgeFolder, red, roomAt, showRoom, showSize, yellow } from "../../protocol/index.ts";
import type { SpoolConfig } from "../config/config.ts";
import type { Patient } from "./patient.ts";

const MAKE_ROOM = "df -h; sudo journalctl --vacuum-size=50M; sudo apt-get clean - or lower `spool: { keep_free: ... }`";

export const disk: Check<Patient> = {
  name: "disk",
  async examine({ root, config, running }) {
    const folder = dirname(config.spool.path);
    const room = await roomAt(folder);
    const runAs = (owner: string) => `sudo -u '${owner}' tributary-agent doctor --config ${config.file}`;
    return [
      await judgeRoom(config.spool, room.freeBytes, showRoom(room)),
      ...(await judgeFolder(root, folder, room, await running, runAs)),
    ];
  },
};

async function judgeRoom({ path, maxSize, keepFree }: SpoolConfig, freeBytes: number, free: string): Promise<Judgement> {
  const sizes = ["", "-wal", "-shm"].map((suffix) =>
    stat(path + suffix).then(
      ({ size }) => size,
      () => 0,
    ),
  ); // absent = 0
  const taken = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  const left = taken + freeBytes - keepFree;
  const found = `${free}, ${showSize(keepFree)} of it stay free; the spool has ${showSize(taken)}`;
  if (left <= 0) return red(`${found}: nothing is left for it, so a reading that comes in costs an old one`, MAKE_ROOM);
  if (left < maxSize) return yellow(`${found}: it can grow to ${showSize(left)} instead of ${showSize(maxSize)} (max_size)`, MAKE_ROOM);
  return green(`${found} and may have ${showSize(maxSize)}`);
}
