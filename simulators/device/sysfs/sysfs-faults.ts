/**
 * sysfs-faults: what goes wrong with chips on their way through the kernel. Adding one = one entry here, and what comes
 * of it in `living-tree.ts` or in its chip.
 */
import { z } from "zod";
import { MICROS_PER_MINUTE, MICROS_PER_SECOND, micros } from "../../../protocol/index.ts";
import type { FaultWords } from "../../faults/index.ts";
import { OF_VALUES } from "../device-faults.ts";

const own = { chips: z.array(z.string()).min(1).optional() };

const OF_TREES: readonly FaultWords[] = [
  { name: "vanish", about: "a chip is gone, and comes back", lasts: micros(2 * MICROS_PER_MINUTE), own },
  { name: "reboot", about: "all chips are gone, and come back with other numbers", lasts: micros(20 * MICROS_PER_SECOND), own: {} },
  { name: "io_error", about: "a file cannot be read: EIO, as with a quarter of the reads of a DHT11", own },
  { name: "truncated", about: "a file holds less than it should", own },
  { name: "bad_crc", about: "1-Wire: bytes that do not fit their checksum (NO)", own },
  { name: "power_on", about: "1-Wire: 85.000 degrees, checksum good", own },
  { name: "all_zero", about: "1-Wire: a shorted line, checksum good", own },
  { name: "sensor_fault", about: "hwmon: an input says that it is broken", lasts: micros(MICROS_PER_MINUTE), own },
];

export const SYSFS_FAULTS: readonly FaultWords[] = [...OF_TREES, ...OF_VALUES];
