/**
 * msgpack: the envelope, always looked through before it is decoded.
 *
 * `unpack` counts tokens, nesting and string lengths on the raw bytes first, and refuses extension types, so
 * the decoder behind it never meets a bomb. Maps come out as plain objects; callers check their shape.
 */
import { Packr, Unpackr } from "msgpackr";
import { Fault } from "../faults.ts";
import { LIMITS } from "../limits.ts";

const packer = new Packr({ useRecords: false, variableMapSize: true });
const unpacker = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: "number" });

export function pack(value: unknown): Uint8Array {
  return Uint8Array.from(packer.pack(value));
}

/** @throws Fault `malformed` where the bytes are no msgpack value within the limits. */
export function unpack(bytes: Uint8Array): unknown {
  scan(bytes);
  try {
    return unpacker.unpack(bytes);
  } catch (error) {
    throw new Fault("malformed", "expected a msgpack value, got something that does not decode", { cause: error });
  }
}

/** Walks the tokens of one value without decoding any; see https://github.com/msgpack/msgpack/blob/master/spec.md. */
function scan(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const open: number[] = [1];
  let offset = 0;
  let tokens = 0;
  while (open.length > 0) {
    const left = open[open.length - 1] ?? 0;
    if (left === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1] = left - 1;
    if (++tokens > LIMITS.tokens) throw refused(offset, `at most ${LIMITS.tokens} tokens`);
    const token = readToken(view, offset);
    offset += token.size;
    if (offset > bytes.length) throw refused(offset, "more bytes");
    if (token.children === undefined) continue;
    if (token.children > bytes.length - offset) throw refused(offset, "as many items as there are bytes");
    open.push(token.children);
    if (open.length - 1 > LIMITS.nesting) throw refused(offset, `nesting of at most ${LIMITS.nesting}`);
  }
  if (offset !== bytes.length) throw refused(offset, "the end");
}

interface Token {
  /** Bytes of the token, its string or binary content included. */
  readonly size: number;
  /** Values inside an array or map; undefined for scalars. */
  readonly children?: number;
}

/** Sizes of the fixed scalars 0xc0 to 0xd3; 0 = not allowed or of variable size. */
const SCALARS = [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9] as const;

function readToken(view: DataView, offset: number): Token {
  if (offset >= view.byteLength) throw refused(offset, "a value");
  const tag = view.getUint8(offset);
  if (tag < 0x80 || tag >= 0xe0) return { size: 1 };
  if (tag < 0x90) return { size: 1, children: (tag & 0x0f) * 2 };
  if (tag < 0xa0) return { size: 1, children: tag & 0x0f };
  if (tag < 0xc0) return { size: 1 + (tag & 0x1f) };
  const scalar = SCALARS[tag - 0xc0] ?? 0;
  if (scalar > 0) return { size: scalar };
  return readSized(view, offset, tag);
}

function readSized(view: DataView, offset: number, tag: number): Token {
  if (tag >= 0xc4 && tag <= 0xc6) return binary(view, offset, 2 ** (tag - 0xc4));
  if (tag >= 0xd9 && tag <= 0xdb) return text(view, offset, 2 ** (tag - 0xd9));
  if (tag === 0xdc || tag === 0xdd) return { size: tag === 0xdc ? 3 : 5, children: length(view, offset, tag === 0xdc ? 2 : 4) };
  if (tag === 0xde || tag === 0xdf) return { size: tag === 0xde ? 3 : 5, children: 2 * length(view, offset, tag === 0xde ? 2 : 4) };
  throw refused(offset, `no extension types (0x${tag.toString(16)})`);
}

function binary(view: DataView, offset: number, width: number): Token {
  return { size: 1 + width + length(view, offset, width) };
}

function text(view: DataView, offset: number, width: number): Token {
  const bytes = length(view, offset, width);
  if (bytes > LIMITS.stringBytes) throw refused(offset, `a string of at most ${LIMITS.stringBytes} bytes`);
  return { size: 1 + width + bytes };
}

function length(view: DataView, offset: number, width: number): number {
  if (offset + 1 + width > view.byteLength) throw refused(offset, "a length");
  if (width === 1) return view.getUint8(offset + 1);
  return width === 2 ? view.getUint16(offset + 1) : view.getUint32(offset + 1);
}

function refused(offset: number, expected: string): Fault {
  return new Fault("malformed", `msgpack byte ${offset}: expected ${expected}`);
}
