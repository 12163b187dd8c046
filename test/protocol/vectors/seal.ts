/**
 * seal: batches put together byte by byte, for vectors that no sensible encoder would write and for those that are refused.
 * Nothing here asks whether the bytes are right.
 */
import { createHash } from "node:crypto";

export interface Envelope {
  readonly first?: number;
  readonly seq?: string;
  readonly kind?: number;
  readonly count: number;
  readonly catalog?: string;
  readonly deflated?: boolean;
}

/** Header, hash and body as it is. `seq` is the varint's bytes, `first` the byte of magic and version, `deflated` no more than the flag. */
export function seal(envelope: Envelope, body: Uint8Array): Uint8Array {
  const { first = 0xa1, seq = "07", kind = 0, count, catalog = "6d957ba5", deflated = false } = envelope;
  const header = [[first], bytes("5eed000000000001"), bytes(seq), varint(count * 8 + kind * 2 + (deflated ? 1 : 0)), bytes(catalog)];
  const sealed = Buffer.concat([...header.map((part) => Uint8Array.from(part)), new Uint8Array(8), body]);
  const hash = createHash("sha256").update(sealed).digest().subarray(0, 8);
  hash.copy(sealed, sealed.length - body.length - 8);
  return sealed;
}

/** A data body: totals that say nothing, then the frames as they are. */
export function dataBody(...frames: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Uint8Array.of(0x91 + frames.length), binary(bytes("09")), ...frames.map(binary)]);
}

/** A frame of plain samples of series 0: an instants column and a number column, as hexadecimal text. */
export function plainFrame(instants: number, at: string, values: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(2, 0), varint(instants), Uint8Array.of(0), bytes(at), bytes(values)]);
}

function binary(content: Uint8Array): Uint8Array {
  const length = content.length < 256 ? [0xc4, content.length] : [0xc5, content.length >> 8, content.length & 255];
  return Buffer.concat([Uint8Array.from(length), content]);
}

/** Bytes of hexadecimal text; blanks and comments behind `#` count for nothing. */
export function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.replace(/#.*$/gm, "").replace(/\s/g, ""), "hex");
}

/** Bits as text, blanks for the eye, as hexadecimal text of whole bytes: `bits("000001 1 0")` is `06`. */
export function bits(text: string): string {
  const digits = text.replace(/\s/g, "");
  const whole = digits.padEnd(Math.ceil(digits.length / 8) * 8, "0");
  return (whole.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, "0")).join("");
}

/** zigzag as hexadecimal text. */
export function zigzag(value: number): string {
  return Buffer.from(varint(value < 0 ? -2 * value - 1 : 2 * value)).toString("hex");
}

function varint(value: number): Uint8Array {
  const groups: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) groups.push((rest % 128) + 128);
  return Uint8Array.from([...groups, rest]);
}

/** So many doubles, little endian, as hexadecimal text. */
export function doubles(...values: readonly number[]): string {
  return Buffer.from(Float64Array.from(values).buffer).toString("hex");
}
