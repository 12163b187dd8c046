/**
 * instants: a column of whole microseconds as integers (integers.ts), lossless, in any order.
 *
 * A regular grid takes some ten bytes however long it is; jitter costs what it says and no more.
 */
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { readIntegers, writeIntegers } from "./integers.ts";

export function writeInstants(out: ByteWriter, at: Float64Array): void {
  writeIntegers(out, at);
}

/** @throws Fault `malformed` where an instant is no safe integer. */
export function readInstants(input: ByteReader, count: number): Float64Array {
  const at = readIntegers(input, count);
  for (const instant of at) {
    if (!Number.isSafeInteger(instant)) throw new Fault("malformed", `expected integer microseconds, got ${instant}`);
  }
  return at;
}
