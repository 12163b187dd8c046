/**
 * independent-msgpack: bytes and msgpack values, read after protocol/SPEC.md ("Encoding") and the msgpack
 * specification alone. It shares no line with the codec of the product; integers are BigInt on the way.
 */

export type Value = null | boolean | number | string | Uint8Array | Value[];

const LARGEST = 2n ** 53n - 1n;

export class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  get at(): number {
    return this.#at;
  }

  /** The byte so many places ahead, which stays unread; undefined behind the end. */
  ahead(places: number): number | undefined {
    return this.#bytes[this.#at + places];
  }

  bytes(count: number): Uint8Array {
    if (count > this.left) throw new Error("cut short");
    this.#at += count;
    return this.#bytes.slice(this.#at - count, this.#at);
  }

  byte(): number {
    return this.bytes(1)[0] as number;
  }

  /** Big-endian, as msgpack has it. */
  unsigned(width: number): bigint {
    return this.bytes(width).reduce((value, byte) => value * 256n + BigInt(byte), 0n);
  }

  double(): number {
    return new DataView(this.bytes(8).buffer).getFloat64(0, true);
  }

  varint(): number {
    let value = 0n;
    for (let place = 0n; place < 8n; place++) {
      const byte = BigInt(this.byte());
      value |= (byte & 127n) << (7n * place);
      if (byte < 128n && value <= LARGEST) return Number(value);
      if (byte < 128n) break;
    }
    throw new Error("varint of 2^53 or more");
  }

  zigzag(): number {
    const value = BigInt(this.varint());
    return Number(value % 2n === 0n ? value / 2n : -(value + 1n) / 2n);
  }

  end(): void {
    if (this.left > 0) throw new Error(`${this.left} bytes left over`);
  }
}

export function readMsgpack(bytes: Uint8Array): Value {
  const cursor = new Cursor(bytes);
  const value = readValue(cursor, 0);
  cursor.end();
  return value;
}

function readValue(cursor: Cursor, depth: number): Value {
  if (depth > 4) throw new Error("nested too deep");
  const tag = cursor.byte();
  if (tag < 0x80) return tag;
  if (tag >= 0xe0) return tag - 256;
  if (tag >= 0x90 && tag <= 0x9f) return list(cursor, tag - 0x90, depth);
  if (tag >= 0xa0 && tag <= 0xbf) return text(cursor, tag - 0xa0);
  if (tag === 0xc0) return null;
  if (tag === 0xc2 || tag === 0xc3) return tag === 0xc3;
  if (tag >= 0xc4 && tag <= 0xc6) return cursor.bytes(Number(cursor.unsigned(2 ** (tag - 0xc4))));
  if (tag === 0xca) return new DataView(cursor.bytes(4).buffer).getFloat32(0);
  if (tag === 0xcb) return new DataView(cursor.bytes(8).buffer).getFloat64(0);
  if (tag >= 0xcc && tag <= 0xcf) return Number(cursor.unsigned(2 ** (tag - 0xcc)));
  if (tag >= 0xd0 && tag <= 0xd3) return signed(cursor, 2 ** (tag - 0xd0));
  if (tag >= 0xd9 && tag <= 0xdb) return text(cursor, Number(cursor.unsigned(2 ** (tag - 0xd9))));
  if (tag === 0xdc || tag === 0xdd) return list(cursor, Number(cursor.unsigned(tag === 0xdc ? 2 : 4)), depth);
  throw new Error(`no message holds a value of tag ${tag.toString(16)}`);
}

function list(cursor: Cursor, length: number, depth: number): Value[] {
  if (length > cursor.left) throw new Error("more items than bytes");
  return Array.from({ length }, () => readValue(cursor, depth + 1));
}

function text(cursor: Cursor, length: number): string {
  if (length > 256) throw new Error("string too long");
  return new TextDecoder().decode(cursor.bytes(length));
}

function signed(cursor: Cursor, width: number): number {
  return Number(BigInt.asIntN(8 * width, cursor.unsigned(width)));
}
