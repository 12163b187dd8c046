/**
 * shared-by-key: what several drivers of one run have in common, such as the serial port they all hang on; one thing a key.
 */
import type { DriverContext } from "../sensors/contract.ts";

export type Shared = DriverContext["shared"];

export function createShared(): Shared {
  const things = new Map<string, unknown>();
  return <T>(key: string, make: () => T): T => {
    if (!things.has(key)) things.set(key, make());
    return things.get(key) as T;
  };
}
