/**
 * raw-reading: a reading as the driver gave it: its value may be the name of a state.
 */
import type { Reading } from "../../protocol/index.ts";

export type RawReading = Omit<Reading, "value"> & { readonly value: number | string };

export function isNumber(reading: RawReading): reading is Reading {
  return typeof reading.value === "number";
}
