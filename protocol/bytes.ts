/**
 * bytes: a growing writer and a bounded reader for the binary columns and headers.
 *
 * Unsigned integers are LEB128 varints (7 bits a byte, low group first) up to 2^53 - 1; signed ones are
 * zigzag-mapped first. Every read checks its bound: what is cut short throws `malformed`, never reads past.
 */
import { Fault } from "./faults.ts";

const LARGEST_VARINT_BYTES = 8;

export class ByteWriter {
  #bytes: Uint8Array;
  /** Made when the first double is written: most writers never meet one. */
  #view: DataView | undefined;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Appends an integer from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.#reserve(LARGEST_VARINT_BYTES);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Appends an integer of less than 2^52 in magnitude. */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Appends an IEEE 754 double, little endian. */
  double(value: number): void {
    this.#reserve(8);
    this.#view ??= new DataView(this.#bytes.buffer);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The bytes so far; a view that a later write may leave behind. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The bytes so far, as a copy of exactly their length. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = undefined;
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  byte(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) throw cutShort(this.#offset, 1);
    this.#offset += 1;
    return value;
  }

  /** The next byte, left unread. */
  peek(): number {
    return this.#bytes[this.#offset] ?? 0;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < LARGEST_VARINT_BYTES; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    throw new Fault("malformed", `byte ${this.#offset}: expected a varint below 2^53, got a longer one`);
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    if (this.remaining < 8) throw cutShort(this.#offset, 8);
    const value = this.#view.getFloat64(this.#offset, true);
    this.#offset += 8;
    return value;
  }

  /** A view of all that is left, not a copy; it stays unread. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#offset);
  }

  /** A view of the next `count` bytes, not a copy. */
  take(count: number): Uint8Array {
    if (this.remaining < count) throw cutShort(this.#offset, count);
    const bytes = this.#bytes.subarray(this.#offset, this.#offset + count);
    this.#offset += count;
    return bytes;
  }
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

export function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, "hex");
}

function cutShort(offset: number, wanted: number): Fault {
  return new Fault("malformed", `byte ${offset}: expected ${wanted} more bytes, got the end`);
}
