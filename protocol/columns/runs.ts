/**
 * runs: a column of small codes (presence, quality) as run lengths: code byte, varint length, until full.
 */
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";

export function writeRuns(out: ByteWriter, codes: Uint8Array): void {
  let start = 0;
  while (start < codes.length) {
    const code = codes[start] ?? 0;
    let end = start + 1;
    while (end < codes.length && codes[end] === code) end += 1;
    out.byte(code);
    out.varint(end - start);
    start = end;
  }
}

/** @throws Fault `malformed` for a code above `largest` or runs that do not add up to `count`. */
export function readRuns(input: ByteReader, count: number, largest: number): Uint8Array {
  const codes = new Uint8Array(count);
  let filled = 0;
  while (filled < count) {
    const code = input.byte();
    const length = input.varint();
    if (code > largest || length === 0 || length > count - filled) {
      throw new Fault("malformed", `byte ${input.offset}: expected runs of codes 0 to ${largest} that add up to ${count}`);
    }
    codes.fill(code, filled, filled + length);
    filled += length;
  }
  return codes;
}
