/**
 * spool-size: how large the spool may become on this machine: a tenth of its disk, at most what is the default.
 *
 * An agent's disk is often an SD card of a few gigabytes that holds the system too.
 */
import type { StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { isFault } from "../../protocol/index.ts";
import { deviceFault } from "../sensors/contract.ts";

/** Bytes. */
export interface SpoolSize {
  readonly spoolSize: number;
  readonly keepFree: number;
}

const SIZES = [1e9, 500e6, 200e6, 100e6, 50e6, 20e6, 10e6, 5e6];
const MOST_KEPT_FREE = 500e6;

/** @param folder of the spool, which need not be there yet: then the disk is that of the nearest folder above. */
export async function spoolSizeFor(folder: string): Promise<SpoolSize> {
  const { blocks, bavail, bsize } = await nearest(folder);
  return chooseSize(blocks * bsize, bavail * bsize);
}

export function chooseSize(total: number, available: number): SpoolSize {
  const fitting = (most: number) => SIZES.find((size) => size <= most) ?? 5e6;
  return { spoolSize: fitting(total / 10), keepFree: fitting(Math.min(MOST_KEPT_FREE, total / 20, available / 2)) };
}

async function nearest(folder: string): Promise<StatsFs> {
  try {
    return await statfs(folder);
  } catch (error) {
    const fault = deviceFault(error, folder);
    if (isFault(fault) && folder !== dirname(folder)) return nearest(dirname(folder));
    throw fault;
  }
}
