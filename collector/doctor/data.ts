/**
 * data: is the folder fit for what must not be lost: writable, local, with room?
 */
import { type Check, green, type Judgement, judgeFolder, red, roomAt, showRoom, showSize, yellow } from "../../protocol/index.ts";
import { KEEP_FREE_BYTES } from "../ingest/room.ts";
import type { Patient } from "./patient.ts";

/** So many times what must stay free, and somebody should look. */
const SOON = 8;
const MAKE_ROOM = "df -h; sudo journalctl --vacuum-size=200M; or move the data to a bigger disk";

export const data: Check<Patient> = {
  name: "data",
  async examine({ root, config, running }) {
    const room = await roomAt(config.data);
    const place = config.file === undefined ? `--data ${config.data}` : `--config ${config.file}`;
    const runAs = (owner: string) => `sudo -u '${owner}' tributary-collector doctor ${place}`;
    return [judgeRoom(room.freeBytes, showRoom(room)), ...(await judgeFolder(root, config.data, room, await running, runAs))];
  },
};

function judgeRoom(freeBytes: number, free: string): Judgement {
  const found = `${free}; below ${showSize(KEEP_FREE_BYTES)} nothing more is accepted`;
  if (freeBytes <= KEEP_FREE_BYTES) return red(`${found}, and agents keep their readings`, MAKE_ROOM);
  return freeBytes < SOON * KEEP_FREE_BYTES ? yellow(found, MAKE_ROOM) : green(found);
}
