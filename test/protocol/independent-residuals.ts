/**
 * independent-residuals: blocks of bits and the adaptive range coder, for the decoder that was written from SPEC.md alone.
 */
import { type Cursor, refuse } from "./independent-cursor.ts";

const WORD = 2 ** 32;

/** "Bits are packed into bytes from the highest down, groups of bits with their highest first". */
class Bits {
  private readonly cursor: Cursor;
  private byte = 0;
  private left = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  one(): number {
    if (this.left === 0) {
      this.byte = this.cursor.byte();
      this.left = 8;
    }
    this.left -= 1;
    return (this.byte >> this.left) & 1;
  }

  many(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i += 1) value = value * 2 + this.one();
    return value;
  }

  /** "so many ones, then a zero"; at `most` there is no zero. */
  ones(most: number): number {
    let count = 0;
    while (count < most && this.one() === 1) count += 1;
    return count;
  }
}

/** So many residuals in blocks of 64. */
export function readBlocks(cursor: Cursor, count: number): number[] {
  const bits = new Bits(cursor);
  const residuals: number[] = [];
  while (residuals.length < count) {
    const tag = bits.many(6);
    const size = Math.min(64, count - residuals.length);
    cursor.note(`block ${tag === 0 ? "zeros" : tag <= 12 ? "bits" : "Rice"}`);
    for (let i = 0; i < size; i += 1) residuals.push(tag <= 12 ? bits.many(tag) : rice(cursor, bits, tag - 13));
  }
  return residuals;
}

function rice(cursor: Cursor, bits: Bits, k: number): number {
  const ones = bits.ones(20);
  if (ones < 20) return ones * 2 ** k + bits.many(k);
  cursor.note("block Rice escape");
  return bits.many(53);
}

/** The odds of one decision, and how often it was used. */
class Odds {
  odds = 32_768;
  private count = 0;

  learn(bit: number): void {
    const rate = Math.round(65_536 / (this.count + 1.5));
    const target = bit === 1 ? 65_504 : 32;
    this.odds += Math.floor(((target - this.odds) * rate) / 65_536);
    this.count = Math.min(30, this.count + 1);
  }
}

/** The reader's side of the range coder: `code` holds four bytes, of which those behind the end are zeros. */
class RangeReader {
  private readonly cursor: Cursor;
  private readonly begin: number;
  private low = 0;
  private high = WORD - 1;
  private code = 0;
  private shifts = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
    this.begin = cursor.place;
    for (let i = 0; i < 4; i += 1) this.code = this.code * 256 + this.held(i);
  }

  bit(decision: Odds): number {
    const middle = this.low + Math.floor((this.high - this.low) / 4096) * Math.floor(decision.odds / 16);
    const bit = this.code <= middle ? 1 : 0;
    if (bit === 1) this.high = middle;
    else this.low = middle + 1;
    while (Math.floor(this.low / 2 ** 24) === Math.floor(this.high / 2 ** 24)) this.shift();
    decision.learn(bit);
    return bit;
  }

  /** Puts the cursor behind the bytes of the range coder: those shifted in beyond the first four, and f of the last. */
  finish(): void {
    this.cursor.place = this.begin;
    this.cursor.take(this.shifts + this.last());
  }

  private last(): number {
    for (let f = 0; f < 4; f += 1) {
      const unit = 2 ** (32 - 8 * f);
      if (Math.ceil(this.low / unit) * unit + unit - 1 <= this.high) return f;
    }
    return 4;
  }

  private shift(): void {
    this.low = (this.low * 256) % WORD;
    this.high = ((this.high * 256) % WORD) + 255;
    this.code = ((this.code * 256) % WORD) + this.held(this.shifts + 4);
    this.shifts += 1;
    // A byte that is shifted out belonged to the column.
    if (this.begin + this.shifts > this.cursor.bytes.length) refuse("range-coded bytes cut short");
  }

  private held(index: number): number {
    return this.cursor.bytes[this.begin + index] ?? 0;
  }
}

/** One set of odds a name, made when it is first asked for. */
function oddsByName(): (name: string) => Odds {
  const all = new Map<string, Odds>();
  return (name) => {
    const odds = all.get(name) ?? new Odds();
    all.set(name, odds);
    return odds;
  };
}

/** So many residuals behind the byte k: the lengths and the two bits below the highest by the range coder, then plain bits. */
export function readAdaptive(cursor: Cursor, count: number): number[] {
  const k = cursor.byte();
  if (k > 50) refuse(`k = ${k}`);
  const coder = new RangeReader(cursor);
  const odds = oddsByName();
  const heads: { readonly length: number; readonly top: number }[] = [];
  let context = 0;
  for (let i = 0; i < count; i += 1) {
    let length = 0;
    while (coder.bit(odds(`unary ${context} ${length}`)) === 1) {
      length += 1;
      if (length > 52 - k) refuse(`a residual of more than 53 bits`);
    }
    heads.push({ length, top: readTop(coder, odds, length) });
    context = Math.min(length, 2);
  }
  coder.finish();
  const bits = new Bits(cursor);
  return heads.map(({ length, top }) => {
    const rest = k + Math.max(0, length - 2);
    return top * 2 ** rest + bits.many(rest) - 2 ** k;
  });
}

/** The highest bit of v, a one, and up to two bits below it. */
function readTop(coder: RangeReader, odds: (name: string) => Odds, length: number): number {
  if (length === 0) return 1;
  const first = coder.bit(odds(`first ${length}`));
  if (length === 1) return 2 + first;
  return 4 + 2 * first + coder.bit(odds(`second ${length} ${first}`));
}
