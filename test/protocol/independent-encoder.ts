/**
 * independent-encoder: the writer of a simple agent, from "A simple agent" of protocol/SPEC.md alone: raw columns, or
 * one form of integers a step up. It shares no code with the product.
 */
import { createHash } from "node:crypto";

export interface Channel {
  readonly series: number;
  readonly at: readonly number[];
  readonly values: readonly number[];
}

/** A batch of data, each channel in a frame of plain samples of its own. */
export function encodeSimpleBatch(seq: number, read: number, channels: readonly Channel[], isCompact: boolean): Uint8Array {
  const count = channels.reduce((sum, { at }) => sum + at.length, 0);
  const frames = channels.map(({ series, at, values }) => [
    ...[2, ...varint(series), ...varint(at.length), 0],
    ...(isCompact ? integers(at, 0x68) : [0xc0, ...doubles(at)]),
    ...(isCompact ? numbers(values) : [0, ...doubles(values)]),
  ]);
  const body = [0x91 + frames.length, ...binary(varint(read)), ...frames.flatMap(binary)];
  const header = [0xa1, ...Buffer.from("5eed000000000001", "hex"), ...varint(seq), ...varint(count * 8), 0x6d, 0x95, 0x7b, 0xa5];
  const sealed = Uint8Array.from([...header, ...new Array<number>(8).fill(0), ...body]);
  sealed.set(createHash("sha256").update(sealed).digest().subarray(0, 8), header.length);
  return sealed;
}

/** Divided by the smallest power of ten that gives every value back; raw where there is none, or integers get too large. */
function numbers(values: readonly number[]): number[] {
  for (let k = 0; k <= 15; k += 1) {
    const power = Number(`1e${k}`);
    const steps = values.map((value) => Math.round(value * power));
    if (steps.some((step) => Math.abs(step) >= 2 ** 47)) break;
    if (steps.every((step, i) => Object.is((step + 0) / power, values[i]))) return [0x20 + k, ...integers(steps, 0x64)];
  }
  return [0, ...doubles(values)];
}

/** Blocks of zigzag-mapped residuals, of deltas (`64`) or of double deltas from a slope of 0 (`68`); raw where they are too far apart. */
function integers(values: readonly number[], header: 0x64 | 0x68): number[] {
  const isDouble = header === 0x68;
  const deltas = values.map((value, i) => value - (values[i - 1] ?? value));
  const residuals = isDouble ? deltas.map((delta, i) => delta - (deltas[i - 1] ?? 0)) : deltas;
  const isTame = [...values, ...residuals].every((value) => Math.abs(value) < 2 ** 51);
  if (!isTame) return [0xc0, ...doubles(values)];
  return [header, ...varint(zigzag(values[0] as number)), ...(isDouble ? [0] : []), ...blocks(residuals.slice(1).map(zigzag))];
}

function blocks(residuals: readonly number[]): number[] {
  let all = "";
  for (let start = 0; start < residuals.length; start += 64) {
    const block = residuals.slice(start, start + 64);
    const sizes = Array.from({ length: 64 }, (_, tag) => block.reduce((sum, u) => sum + sizeOf(tag, u), 0));
    const tag = sizes.indexOf(Math.min(...sizes));
    all += bits(tag, 6) + block.map((u) => residual(tag, u)).join("");
  }
  return (all.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
}

/** Bits that a residual takes. */
function sizeOf(tag: number, u: number): number {
  if (tag <= 12) return u < 2 ** tag ? tag : Number.POSITIVE_INFINITY;
  const ones = Math.floor(u / 2 ** (tag - 13));
  return ones < 20 ? ones + 1 + tag - 13 : 20 + 53;
}

function residual(tag: number, u: number): string {
  if (tag <= 12) return bits(u, tag);
  const k = tag - 13;
  const ones = Math.floor(u / 2 ** k);
  return ones < 20 ? `${"1".repeat(ones)}0${bits(u % 2 ** k, k)}` : "1".repeat(20) + bits(u, 53);
}

function bits(value: number, width: number): string {
  return width === 0 ? "" : value.toString(2).padStart(width, "0");
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function doubles(values: readonly number[]): number[] {
  return values.flatMap((value) => {
    const eight = Buffer.alloc(8);
    eight.writeDoubleLE(value);
    return [...eight];
  });
}

function binary(content: readonly number[]): number[] {
  return content.length < 256 ? [0xc4, content.length, ...content] : [0xc5, content.length >> 8, content.length & 255, ...content];
}
