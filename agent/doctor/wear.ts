/**
 * wear: how much life is left in the card under the spool, where it tells.
 *
 * eMMC counts in tenths of its life (JEDEC eMMC 5.0, EXT_CSD 267-269); an SD card tells nothing, so all that can be
 * shown is how much is written to it. Source: Linux, Documentation/driver-api/mmc/mmc-dev-attrs.rst and
 * Documentation/block/stat.rst.
 */
import { readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type Check,
  green,
  type Judgement,
  MICROS_PER_DAY,
  MICROS_PER_SECOND,
  mountUnder,
  red,
  showSize,
  yellow,
} from "../../protocol/index.ts";
import type { Patient } from "./patient.ts";

const SECTOR_BYTES = 512;
const REPLACE = "copy the spool to a new card while this one can be read: sudo dd, or a fresh installation with the spool copied over";

export const wear: Check<Patient> = {
  name: "wear",
  async examine({ root, config }) {
    const device = await cardUnder(root, dirname(config.spool.path));
    if (device === undefined) return [];
    const kind = await text(join(device, "device/type"));
    if (kind !== "SD" && kind !== "MMC") return [];
    const name = `${kind === "SD" ? "SD card" : "eMMC"} ${(await text(join(device, "device/name"))) ?? "without a name"}`;
    const made = await text(join(device, "device/date"));
    const written = await writtenPerDay(root, device);
    const about = `${name}${made === undefined ? "" : `, made ${made}`}${written === undefined ? "" : `, ${showSize(written)} written a day since boot`}`;
    return [judge(about, kind, await text(join(device, "device/life_time")), await text(join(device, "device/pre_eol_info")))];
  },
};

function judge(about: string, kind: "SD" | "MMC", lifeTime: string | undefined, endOfLife: string | undefined): Judgement {
  const tenths = Math.max(0, ...(lifeTime ?? "").split(" ").map(Number).filter(Number.isFinite)); // worse of the two memory types
  const reserve = Number(endOfLife ?? 0);
  if (reserve >= 3 || tenths >= 11) return red(`${about}: its life is used up`, REPLACE);
  if (reserve === 2 || tenths >= 9) return yellow(`${about}: ${tenths * 10} % of its life is used`, REPLACE);
  if (tenths > 0) return green(`${about}: at most ${tenths * 10} % of its life is used`);
  const hint = kind === "SD" ? "; it does not tell its wear (`spool: { commit_every: 10s }` writes less)" : "; it does not tell its wear";
  return green(about + hint);
}

/** The block device in `/sys` on which the folder lies; of a partition, the whole device. */
async function cardUnder(root: string, folder: string): Promise<string | undefined> {
  const mount = await mountUnder(root, folder);
  if (mount === undefined) return undefined;
  const device = await realpath(join(root, "sys/dev/block", mount.device)).catch(() => undefined); // none behind tmpfs, overlay ...
  if (device === undefined) return undefined;
  return (await text(join(device, "partition"))) === undefined ? device : dirname(device);
}

async function writtenPerDay(root: string, device: string): Promise<number | undefined> {
  const sectors = Number((await text(join(device, "stat")))?.split(/\s+/)[6]);
  const seconds = Number((await text(join(root, "proc/uptime")))?.split(" ")[0]);
  if (!Number.isFinite(sectors) || !(seconds > 0)) return undefined;
  return (sectors * SECTOR_BYTES * (MICROS_PER_DAY / MICROS_PER_SECOND)) / seconds;
}

/** What a file says; undefined where it is not there: much of this is told by some devices alone. */
async function text(path: string): Promise<string | undefined> {
  return readFile(path, "latin1").then(
    (content) => content.trim(),
    () => undefined,
  );
}
