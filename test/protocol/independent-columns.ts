/**
 * independent-columns: columns read after protocol/SPEC.md ("Columns") alone, bit by bit and without haste.
 *
 * It shares no line with the codec of the product. Bits come from a string of zeros and ones; the range coder counts with
 * BigInt. Like the rest of the independent decoder it throws a plain Error for what the text says must be refused.
 */
import type { Cursor } from "./independent-msgpack.ts";

const BLOCK = 64;

export function decodeInstants(cursor: Cursor, count: number): number[] {
  const header = cursor.byte();
  const at = header === 0xc1 ? decodeExceptions(cursor, count) : decodeIntegers(cursor, header, count);
  if (!at.every(Number.isSafeInteger)) throw new Error("an instant that is no integer");
  return at;
}

function decodeExceptions(cursor: Cursor, count: number): number[] {
  const exceptions = places(cursor, count, () => cursor.zigzag());
  const at = decodeIntegers(cursor, cursor.byte(), count);
  for (const [place, off] of exceptions) at[place] = (at[place] as number) + off;
  return at;
}

/** A list of exceptions: for each its place, from the distance to the one before, and what `next` reads of it. */
function places(cursor: Cursor, count: number, next: () => number): [number, number][] {
  const size = cursor.varint();
  if (size > count) throw new Error("more exceptions than entries");
  const found: [number, number][] = [];
  for (let i = 0; i < size; i++) {
    const place = (found.at(-1)?.[0] ?? -1) + cursor.varint() + 1;
    if (place >= count) throw new Error("an exception behind the last entry");
    found.push([place, next()]);
  }
  return found;
}

export function decodeNumbers(cursor: Cursor, count: number, isPiece = false): number[] {
  const form = cursor.byte();
  if (form === 0) return Array.from({ length: count }, () => cursor.double());
  if (form === 1) return new Array<number>(count).fill(cursor.double());
  if (form === 2) return decodePlanes(cursor, count);
  if (form === 3 && !isPiece) return decodePieces(cursor, count);
  if (form < 0x20 || form > 0x7f) throw new Error("unknown form of numbers");
  const patches = form & 0x10 ? places(cursor, count, () => cursor.double()) : [];
  const k = form % 16;
  const values = decodeIntegers(cursor, cursor.byte(), count).map((n) => {
    if (form < 0x40) return n / Number(`1e${k}`);
    return form < 0x60 ? n * Number(`1e-${k}`) : Math.fround(n / Number(`1e${k}`));
  });
  for (const [place, value] of patches) values[place] = value;
  return values;
}

function decodePlanes(cursor: Cursor, count: number): number[] {
  const mask = cursor.byte();
  const planes = Array.from({ length: 8 }, (_, i) => {
    if ((mask >> i) % 2 === 0) return cursor.bytes(count);
    return count === 0 ? new Uint8Array() : new Uint8Array(count).fill(cursor.byte());
  });
  return Array.from({ length: count }, (_, i) => {
    const bytes = Buffer.from(planes.map((plane) => plane[i] as number));
    return bytes.readDoubleLE();
  });
}

function decodePieces(cursor: Cursor, count: number): number[] {
  const length = cursor.varint();
  if (length === 0 || length >= count) throw new Error("pieces of a wrong length");
  const values: number[] = [];
  while (values.length < count) values.push(...decodeNumbers(cursor, Math.min(length, count - values.length), true));
  return values;
}

function decodeIntegers(cursor: Cursor, header: number, count: number, isTable = false): number[] {
  const [coder, signed, offsetThere, prediction, levels] = [
    header >> 6,
    (header >> 5) % 2,
    (header >> 4) % 2,
    (header >> 2) % 4,
    header % 4,
  ];
  if (coder === 3) {
    if (header !== 0xc0) throw new Error("a header of raw integers with more in it");
    return Array.from({ length: count }, () => cursor.double());
  }
  const toInteger = decodeLevels(cursor, levels, count, isTable);
  const first = cursor.zigzag();
  const slope = prediction > 1 ? cursor.zigzag() : 0;
  const offset = offsetThere ? cursor.zigzag() : 0;
  const residuals = decodeResiduals(cursor, coder, Math.max(0, count - 1)).map((u) => {
    if (!signed) return u + offset;
    return (u % 2 === 0 ? u / 2 : -(u + 1) / 2) + offset;
  });
  const steps = count === 0 ? [] : [first];
  let change = slope;
  for (const r of residuals) {
    const before = steps.at(-1) as number;
    change += r;
    if (prediction === 0) steps.push(r + first);
    else if (prediction === 1) steps.push(before + r);
    else if (prediction === 2) steps.push(before + change);
    else steps.push(r + (first + slope * steps.length));
  }
  return steps.map(toInteger);
}

function decodeLevels(cursor: Cursor, levels: number, count: number, isTable: boolean): (x: number) => number {
  if (levels === 0) return (x) => x;
  if (levels === 1) {
    const g = cursor.varint();
    const rest = cursor.varint();
    return (x) => x * (Math.floor(g / 8) * 10 ** (g % 8)) + rest;
  }
  if (levels === 2) {
    const [p, q] = [cursor.varint(), cursor.varint()];
    if (p === 0 || q === 0) throw new Error("a step of 0");
    return (x) => Math.round((x * p) / q);
  }
  if (isTable) throw new Error("a dictionary in a dictionary");
  const size = cursor.varint();
  if (size === 0 || size > Math.min(count, 1_024)) throw new Error("a dictionary of a wrong size");
  const table = decodeIntegers(cursor, cursor.byte(), size, true);
  return (x) => {
    const integer = table[x];
    if (integer === undefined) throw new Error("a place that is not in the dictionary");
    return integer;
  };
}

function decodeResiduals(cursor: Cursor, coder: number, count: number): number[] {
  if (coder === 0) return new Array<number>(count).fill(0);
  return coder === 1 ? decodeBlocks(cursor, count) : decodeAdaptive(cursor, count);
}

/** Takes bits off a cursor byte by byte, so that it never takes a byte too many. */
class Bits {
  readonly #cursor: Cursor;
  #held = "";

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  take(width: number): number {
    while (this.#held.length < width) this.#held += this.#cursor.byte().toString(2).padStart(8, "0");
    const bits = this.#held.slice(0, width);
    this.#held = this.#held.slice(width);
    return width === 0 ? 0 : Number(BigInt(`0b${bits}`));
  }
}

function decodeBlocks(cursor: Cursor, count: number): number[] {
  const bits = new Bits(cursor);
  const residuals: number[] = [];
  let tag = 0;
  while (residuals.length < count) {
    if (residuals.length % BLOCK === 0) tag = bits.take(6);
    if (tag === 0) residuals.push(0);
    else residuals.push(tag <= 12 ? bits.take(tag) : decodeRice(bits, tag - 13));
  }
  return residuals;
}

function decodeRice(bits: Bits, k: number): number {
  let ones = 0;
  while (ones < 20 && bits.take(1) === 1) ones += 1;
  return ones === 20 ? bits.take(53) : ones * 2 ** k + bits.take(k);
}

function decodeAdaptive(cursor: Cursor, count: number): number[] {
  const k = cursor.byte();
  if (k > 50) throw new Error("too many low bits");
  const coder = new RangeCoder(cursor);
  let context = 0;
  const heads = Array.from({ length: count }, () => {
    let length = 0;
    while (coder.decide(`unary ${context} ${length}`) === 1) if (++length > 52 - k) throw new Error("too long a length");
    const first = length > 0 ? coder.decide(`first ${length}`) : 0;
    const second = length > 1 ? coder.decide(`second ${length} ${first}`) : 0;
    context = Math.min(length, 2);
    return { length, head: length === 0 ? 1 : length === 1 ? 2 + first : 4 + 2 * first + second };
  });
  coder.finish();
  const bits = new Bits(cursor);
  return heads.map(({ length, head }) => {
    const rest = k + Math.max(0, length - 2);
    return head * 2 ** rest + bits.take(rest) - 2 ** k;
  });
}

class RangeCoder {
  readonly #cursor: Cursor;
  readonly #odds = new Map<string, { odds: number; count: number }>();
  #low = 0n;
  #high = 2n ** 32n - 1n;
  #code = 0n;
  /** Bytes held so far. */
  #held = 0;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
    for (let i = 0; i < 4; i++) this.#hold();
  }

  decide(what: string): 0 | 1 {
    const known = this.#odds.get(what) ?? { odds: 32_768, count: 0 };
    this.#odds.set(what, known);
    const middle = this.#low + ((this.#high - this.#low) / 4096n) * BigInt(Math.floor(known.odds / 16));
    const bit = this.#code <= middle ? 1 : 0;
    if (bit === 1) this.#high = middle;
    else this.#low = middle + 1n;
    while (this.#low >> 24n === this.#high >> 24n) {
      this.#low = (this.#low % 2n ** 24n) * 256n;
      this.#high = (this.#high % 2n ** 24n) * 256n + 255n;
      this.#hold();
    }
    const rate = Math.round(65_536 / (known.count + 1.5));
    known.odds += Math.floor((((bit === 1 ? 65_504 : 32) - known.odds) * rate) / 65_536);
    known.count = Math.min(30, known.count + 1);
    return bit;
  }

  /** Leaves the cursor behind the bytes that belong to the decisions. */
  finish(): void {
    let f = 0n;
    for (; f < 4n; f++) {
      const step = 2n ** (32n - 8n * f);
      if (((this.#low + step - 1n) / step) * step + step - 1n <= this.#high) break;
    }
    this.#cursor.bytes(this.#held - 4 + Number(f));
  }

  #hold(): void {
    this.#code = (this.#code % 2n ** 24n) * 256n + BigInt(this.#cursor.ahead(this.#held) ?? 0);
    this.#held += 1;
  }
}

export function decodeSummaryColumns(cursor: Cursor, count: number) {
  const entries = (guess: (i: number) => number) => Array.from({ length: count }, (_, i) => guess(i));
  const of = (column: readonly number[]) => (i: number) => column[i] as number;
  const n = of(decodeNumbers(cursor, count));
  const first = of(decodeNumbers(cursor, count));
  const last = of(
    decodeNear(
      cursor,
      entries((i) => first(i + 1 < count ? i + 1 : i)),
    ),
  );
  const min = of(
    decodeNear(
      cursor,
      entries((i) => Math.min(first(i), last(i))),
    ),
  );
  const max = of(
    decodeNear(
      cursor,
      entries((i) => Math.max(first(i), last(i))),
    ),
  );
  const sum = of(
    decodeNear(
      cursor,
      entries((i) => (n(i) * (min(i) + max(i))) / 2),
    ),
  );
  const lasting = decodeNumbers(cursor, count);
  const covered = of(decodeNumbers(cursor, count));
  const weightedSum = decodeNear(
    cursor,
    entries((i) => (sum(i) * covered(i)) / n(i)),
  );
  const columns = { n: entries(n), first: entries(first), last: entries(last), min: entries(min), max: entries(max), sum: entries(sum) };
  return { ...columns, lasting, covered: entries(covered), weightedSum };
}

function decodeNear(cursor: Cursor, guess: readonly number[]): number[] {
  const form = cursor.byte();
  if (form === 0) return decodeNumbers(cursor, guess.length);
  if (form === 1) {
    const ulps = decodeIntegers(cursor, cursor.byte(), guess.length);
    return guess.map((value, i) => addUlps(value, ulps[i] as number));
  }
  if (form !== 2) throw new Error("unknown form of near numbers");
  const k = cursor.byte();
  if (k > 15) throw new Error("too many decimals");
  const distances = decodeIntegers(cursor, cursor.byte(), guess.length);
  return guess.map((value, i) => (Math.round(value * 10 ** k) + (distances[i] as number)) / 10 ** k);
}

function addUlps(value: number, ulps: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, BigInt.asUintN(64, view.getBigUint64(0) + BigInt(ulps)));
  return view.getFloat64(0);
}
