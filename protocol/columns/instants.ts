/**
 * instants: a column of whole microseconds, lossless, in any order. SPEC.md section "Instants".
 *
 *   integers    (integers.ts)
 *   byte 193    instead of their header: varint count, then for each exception a varint distance from the one before and
 *               a zigzag of microseconds; then integers, to which these are added
 *
 * A regular grid takes some ten bytes however long it is; jitter costs what it says and no more. Exceptions are readings
 * that were stamped a few microseconds off their slot so that no two share an instant: without them, one such reading
 * would take the common divisor from the whole column.
 */
import { type ByteReader, ByteWriter } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { readIntegers, writeIntegers } from "./integers.ts";

const EXCEPTIONS = 193;
/** Slots are whole milliseconds, or all as far from one as the others. */
const SLOT = 1_000;
/** More exceptions than one in so many instants are no exceptions. */
const RARE = 8;

export function writeInstants(out: ByteWriter, at: Float64Array): void {
  const whole = new ByteWriter(at.length + 32);
  writeIntegers(whole, at);
  const apart = packExceptions(at);
  out.append((apart !== undefined && apart.length < whole.length ? apart : whole).written());
}

/** @throws Fault `malformed` where an instant is no safe integer. */
export function readInstants(input: ByteReader, count: number): Float64Array {
  const at = input.peek() === EXCEPTIONS ? readExceptions(input, count) : readIntegers(input, count);
  for (let i = 0; i < count; i++) {
    const instant = at[i] as number;
    // Number.isSafeInteger is a function call here, and this is every instant of every batch.
    if (Math.floor(instant) !== instant || !(Math.abs(instant) <= Number.MAX_SAFE_INTEGER))
      throw new Fault("malformed", `expected integer microseconds, got ${instant}`);
  }
  return at;
}

/** Undefined where all instants are equally far from a slot, or too many are not. */
function packExceptions(at: Float64Array): ByteWriter | undefined {
  const usual = offSlot(at[0] ?? 0);
  const places: number[] = [];
  for (let i = 1; i < at.length; i++) {
    if (offSlot(at[i] as number) === usual) continue;
    places.push(i);
    if (places.length * RARE > at.length) return undefined;
  }
  if (places.length === 0) return undefined;
  const out = new ByteWriter(at.length + 32);
  const slots = at.slice();
  out.byte(EXCEPTIONS);
  out.varint(places.length);
  let before = -1;
  for (const place of places) {
    const off = offSlot(at[place] as number) - usual;
    slots[place] = (at[place] as number) - off;
    out.varint(place - before - 1);
    out.zigzag(off);
    before = place;
  }
  writeIntegers(out, slots);
  return out;
}

/** Microseconds since the slot; the operator `%` would take ten times as long. */
function offSlot(instant: number): number {
  return instant - Math.floor(instant / SLOT) * SLOT;
}

function readExceptions(input: ByteReader, count: number): Float64Array {
  input.byte();
  const size = input.varint();
  if (size > count) throw new Fault("malformed", `byte ${input.offset}: expected at most ${count} exceptions, got ${size}`);
  const places: number[] = [];
  const offs: number[] = [];
  let place = -1;
  for (let i = 0; i < size; i++) {
    place += input.varint() + 1;
    if (place >= count) throw new Fault("malformed", `byte ${input.offset}: expected an exception below ${count}, got ${place}`);
    places.push(place);
    offs.push(input.zigzag());
  }
  const at = readIntegers(input, count);
  places.forEach((where, i) => {
    at[where] = (at[where] as number) + (offs[i] as number);
  });
  return at;
}
