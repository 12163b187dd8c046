/**
 * independent-msgpack: the part of msgpack that SPEC.md allows, by hand, for the decoder that was written from it alone.
 * Source: https://github.com/msgpack/msgpack/blob/master/spec.md and the bounds of SPEC.md.
 */
import { Cursor, hex, refuse } from "./independent-cursor.ts";

export type Value = null | boolean | number | string | Uint8Array | Value[];

const STRING_BYTES = 256;
const NESTING = 4;
const TOKENS = 50_000;

/** The one value that `bytes` are. Throws on all that SPEC.md wants refused, and on maps, which no message has. */
export function readMsgpack(bytes: Uint8Array): Value {
  const cursor = new Cursor(bytes);
  let tokens = 0;

  function value(depth: number): Value {
    tokens += 1;
    if (tokens > TOKENS) refuse("too many tokens");
    const tag = cursor.byte();
    if (tag <= 0x7f) return tag;
    if (tag >= 0xe0) return tag - 256;
    if (tag >= 0xa0 && tag <= 0xbf) return text(tag - 0xa0);
    if (tag >= 0x90 && tag <= 0x9f) return array(tag - 0x90, depth);
    return tagged(tag, depth);
  }

  function tagged(tag: number, depth: number): Value {
    if (tag === 0xc0) return null;
    if (tag === 0xc2 || tag === 0xc3) return tag === 0xc3;
    if (tag >= 0xc4 && tag <= 0xc6) return cursor.take(cursor.unsigned(2 ** (tag - 0xc4)));
    if (tag === 0xca || tag === 0xcb) return float(tag === 0xca ? 4 : 8);
    if (tag >= 0xcc && tag <= 0xcf) return whole(cursor.big(2 ** (tag - 0xcc)));
    if (tag >= 0xd0 && tag <= 0xd3) return signed(2 ** (tag - 0xd0));
    if (tag >= 0xd9 && tag <= 0xdb) return text(cursor.unsigned(2 ** (tag - 0xd9)));
    if (tag === 0xdc || tag === 0xdd) return array(cursor.unsigned(tag === 0xdc ? 2 : 4), depth);
    return refuse(`msgpack tag ${tag}`);
  }

  function text(length: number): string {
    if (length > STRING_BYTES) refuse(`a string of ${length} bytes`);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(cursor.take(length));
  }

  function array(length: number, depth: number): Value[] {
    if (depth >= NESTING) refuse("nested too deep");
    if (length > cursor.left) refuse("an array longer than what is left");
    return Array.from({ length }, () => value(depth + 1));
  }

  function float(length: 4 | 8): number {
    const taken = cursor.take(length);
    const view = new DataView(taken.buffer, taken.byteOffset, length);
    return length === 4 ? view.getFloat32(0) : view.getFloat64(0);
  }

  function signed(length: number): number {
    return whole(BigInt.asIntN(8 * length, cursor.big(length)));
  }

  const read = value(0);
  cursor.end();
  return read;
}

function whole(integer: bigint): number {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : refuse(`an integer of ${integer}`);
}

/** Fields of an array in their order, each of the type asked for; `end` wants none left. */
export class Fields {
  private readonly values: readonly Value[];
  private place = 0;

  constructor(value: Value | undefined) {
    this.values = Array.isArray(value) ? value : refuse("no array");
  }

  get hasMore(): boolean {
    return this.place < this.values.length;
  }

  next(): Value {
    const value = this.values[this.place];
    this.place += 1;
    return value === undefined ? refuse("a field is missing") : value;
  }

  integer(min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.next();
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) return refuse(`${value} for an integer`);
    return value + 0; // -0 is no integer of its own
  }

  boolean(): boolean {
    const value = this.next();
    return typeof value === "boolean" ? value : refuse("no boolean");
  }

  string(max = STRING_BYTES): string {
    const value = this.next();
    return typeof value === "string" && [...value].length <= max ? value : refuse("no string, or too long");
  }

  literal(expected: string): void {
    if (this.string() !== expected) refuse(`not ${expected}`);
  }

  bytes(): Uint8Array {
    const value = this.next();
    return value instanceof Uint8Array ? value : refuse("no bytes");
  }

  /** Bytes as hexadecimal text, exactly or at most so many. */
  id(length = 8): string {
    const bytes = this.bytes();
    return bytes.length === length ? hex(bytes) : refuse(`${bytes.length} bytes for ${length}`);
  }

  secret(max = 32): string {
    const bytes = this.bytes();
    return bytes.length <= max ? hex(bytes) : refuse(`${bytes.length} bytes, at most ${max}`);
  }

  list<T>(max: number, one: (value: Value) => T): T[] {
    const value = this.next();
    if (!Array.isArray(value) || value.length > max) return refuse("no array, or too long");
    return value.map(one);
  }

  /** What is left, each read by `one`. */
  rest<T>(one: (value: Value) => T): T[] {
    const values = this.values.slice(this.place);
    this.place = this.values.length;
    return values.map(one);
  }

  end(): void {
    if (this.place < this.values.length) refuse("fields left over");
  }
}
