/**
 * independent-cursor: bytes read one after the other, for the decoder that was written from SPEC.md alone.
 *
 * It shares no code with the product. What it meets on the way (forms, flags, coders) it notes in `seen`, under the
 * names that SPEC.md gives them, so that a test can say what a set of messages covers.
 */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly seen: Set<string>;
  place = 0;

  constructor(bytes: Uint8Array, seen: Set<string> = new Set()) {
    this.bytes = bytes;
    this.seen = seen;
  }

  get left(): number {
    return this.bytes.length - this.place;
  }

  note(form: string): void {
    this.seen.add(form);
  }

  byte(): number {
    return this.take(1)[0] as number;
  }

  take(length: number): Uint8Array {
    if (length > this.left) refuse(`${length} bytes, ${this.left} left`);
    this.place += length;
    return this.bytes.subarray(this.place - length, this.place);
  }

  big(length: number): bigint {
    return this.take(length).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  }

  unsigned(length: number): number {
    return this.take(length).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** "unsigned LEB128, 7 bits a byte, low group first, from 0 to 2^53 - 1". */
  varint(): number {
    let value = 0;
    for (let place = 0; place < 8; place += 1) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** (7 * place);
      if (byte >= 128) continue;
      return value < 2 ** 53 ? value : refuse(`a varint of ${value}`);
    }
    return refuse("a varint of more than 8 bytes");
  }

  /** "a varint of 2n for n >= 0 and -2n - 1 for n < 0". */
  zigzag(): number {
    return unfold(this.varint());
  }

  /** "IEEE 754 binary64, little endian". */
  double(): number {
    const eight = this.take(8);
    return new DataView(eight.buffer, eight.byteOffset, 8).getFloat64(0, true);
  }

  end(): void {
    if (this.left > 0) refuse(`${this.left} bytes left over`);
  }
}

/** The signed number of a zigzag-mapped one. */
export function unfold(mapped: number): number {
  return mapped % 2 === 0 ? mapped / 2 : -(mapped + 1) / 2;
}

export function refuse(what: string): never {
  throw new Error(`refused: ${what}`);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
