/**
 * independent-columns: numbers, runs and the columns of summaries, for the decoder that was written from SPEC.md alone.
 */
import { type Cursor, refuse } from "./independent-cursor.ts";
import { decodeIntegers, readPatches, times } from "./independent-integers.ts";

const FORMS = ["raw", "constant", "planes", "pieces"] as const;
const SCALES = ["", "divided", "multiplied", "single"] as const;
const NEAR = ["own", "ulps", "decimals"] as const;

/** A column of so many doubles. */
export function decodeNumbers(cursor: Cursor, count: number, isPiece = false): number[] {
  const form = cursor.byte();
  if (form >= 0x20 && form <= 0x7f) return readScaled(cursor, count, form);
  const name = FORMS[form] ?? refuse(`numbers of form ${form}`);
  cursor.note(`numbers ${name}`);
  if (name === "raw") return times(count, () => cursor.double());
  if (name === "planes") return readPlanes(cursor, count);
  if (name === "pieces") return isPiece ? refuse("pieces in a piece") : readPieces(cursor, count);
  const value = cursor.double();
  return times(count, () => value);
}

function readPlanes(cursor: Cursor, count: number): number[] {
  const mask = cursor.byte();
  const doubles = new DataView(new ArrayBuffer(8 * count));
  for (let plane = 0; plane < 8; plane += 1) {
    const isUniform = (mask >> plane) % 2 === 1;
    const bytes = cursor.take(isUniform ? Math.min(1, count) : count);
    for (let i = 0; i < count; i += 1) doubles.setUint8(8 * i + plane, bytes[isUniform ? 0 : i] as number);
  }
  return times(count, (i) => doubles.getFloat64(8 * i, true));
}

function readPieces(cursor: Cursor, count: number): number[] {
  const length = cursor.varint();
  if (length < 1 || length > count - 1) refuse(`pieces of ${length} in ${count}`);
  const values: number[] = [];
  while (values.length < count) values.push(...decodeNumbers(cursor, Math.min(length, count - values.length), true));
  return values;
}

function readScaled(cursor: Cursor, count: number, form: number): number[] {
  const scale = SCALES[(form >> 5) & 3] as (typeof SCALES)[number];
  const isPatched = (form & 16) !== 0;
  const k = form & 15;
  cursor.note("numbers scaled");
  cursor.note(`scale ${scale}`);
  if (isPatched) cursor.note("numbers patched");
  const patches = isPatched ? readPatches(cursor, count, () => cursor.double()) : [];
  const values = decodeIntegers(cursor, count).map((n) => {
    if (scale === "multiplied") return n * Number(`1e-${k}`);
    const divided = n / Number(`1e${k}`);
    return scale === "single" ? Math.fround(divided) : divided;
  });
  for (const { place, value } of patches) values[place] = value;
  return values;
}

/** So many small codes as runs of a byte and a varint, none above `max`. */
export function decodeRuns(cursor: Cursor, count: number, max = 2): number[] {
  const codes: number[] = [];
  while (codes.length < count) {
    const code = cursor.byte();
    const length = cursor.varint();
    if (code > max || length < 1 || length > count - codes.length) refuse(`a run of ${length} times ${code}`);
    codes.push(...times(length, () => code));
  }
  return codes;
}

/** The nine columns of so many summaries; `lasting` is last_at - at. */
export function decodeSummaryColumns(cursor: Cursor, count: number) {
  const near = (guess: (i: number) => number) => decodeNear(cursor, times(count, guess));
  const n = decodeNumbers(cursor, count);
  const first = decodeNumbers(cursor, count);
  const last = near((i) => entry(first, Math.min(i + 1, count - 1)));
  const min = near((i) => Math.min(entry(first, i), entry(last, i)));
  const max = near((i) => Math.max(entry(first, i), entry(last, i)));
  const sum = near((i) => (entry(n, i) * (entry(min, i) + entry(max, i))) / 2);
  const lasting = decodeNumbers(cursor, count);
  const covered = decodeNumbers(cursor, count);
  const weightedSum = near((i) => (entry(sum, i) * entry(covered, i)) / entry(n, i));
  return { n, first, last, min, max, sum, lasting, covered, weightedSum };
}

/** A column near its guesses. */
function decodeNear(cursor: Cursor, guesses: readonly number[]): number[] {
  const code = cursor.byte();
  const form = NEAR[code] ?? refuse(`near of form ${code}`);
  cursor.note(`near ${form}`);
  if (form === "own") return decodeNumbers(cursor, guesses.length);
  if (form === "ulps") return decodeIntegers(cursor, guesses.length).map((d, i) => addUlps(entry(guesses, i), d));
  const k = cursor.byte();
  if (k > 15) refuse(`${k} decimals`);
  const power = Number(`1e${k}`);
  return decodeIntegers(cursor, guesses.length).map((d, i) => (Math.round(entry(guesses, i) * power) + d) / power);
}

function addUlps(guess: number, ulps: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, guess);
  view.setBigUint64(0, BigInt.asUintN(64, view.getBigUint64(0) + BigInt(ulps)));
  return view.getFloat64(0);
}

function entry(column: readonly number[], index: number): number {
  return column[index] as number;
}
