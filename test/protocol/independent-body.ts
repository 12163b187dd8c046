/**
 * independent-body: what stands inside a batch, for the decoder that was written from SPEC.md alone.
 * It gives the values as SPEC.md's examples show them.
 */
import { decodeNumbers, decodeRuns, decodeSummaryColumns } from "./independent-columns.ts";
import { Cursor, hex, refuse } from "./independent-cursor.ts";
import { decodeInstants, times } from "./independent-integers.ts";
import { Fields, readMsgpack, type Value } from "./independent-msgpack.ts";

const FRAME_FORMS = ["samples", "summaries", "plain samples"] as const;
const SERIES = 512;
const KINDS = ["gauge", "counter", "angle", "state"];
const SAMPLING = ["periodic", "on_change"];
const PRESENCE = 1;
const QUALITY = 2;

/** The body of a data batch of so many readings. */
export function decodeDataBody(body: Uint8Array, count: number, seen: Set<string>) {
  const parts = new Fields(readMsgpack(body));
  const totals = readTotals(new Cursor(parts.bytes()));
  let left = count;
  const frames = parts.rest((part) => {
    if (!(part instanceof Uint8Array)) return refuse("a frame that is no bytes");
    const cursor = new Cursor(part, seen);
    const { frame, readings } = readFrame(cursor, left);
    cursor.end();
    left -= readings;
    return frame;
  });
  if (left !== 0) refuse(`readings that differ from the header's by ${left}`);
  return { totals, frames };
}

function readTotals(cursor: Cursor) {
  const numbers = times(8, (i) => {
    if (cursor.left === 0) return 0;
    return i === 1 ? cursor.zigzag() : cursor.varint();
  });
  cursor.end();
  const [read, unsealed, open, filtered, derived, summarised, inWindow, dropped] = numbers as [number, ...number[]];
  const sealed = read - (unsealed as number);
  if (!Number.isSafeInteger(sealed) || sealed < 0) refuse(`${sealed} sealed`);
  return { read, derived, filtered, inWindow, summarised, open, sealed, dropped };
}

function readFrame(cursor: Cursor, left: number) {
  const form = FRAME_FORMS[cursor.byte()] ?? refuse("a frame of unknown form");
  cursor.note(`frame ${form}`);
  const series = cursor.varint();
  const instants = cursor.varint();
  if (series >= SERIES) refuse(`series ${series}`);
  if (instants < 1 || instants > left) refuse(`${instants} instants for ${left} readings`);
  return form === "summaries"
    ? readSummaries(cursor, series, instants)
    : readSamples(cursor, series, instants, form === "plain samples", left);
}

function readSamples(cursor: Cursor, first: number, instants: number, isPlain: boolean, left: number) {
  const mask = cursor.varint();
  if (mask >= 2 ** 31) refuse(`a mask of ${mask}`);
  const others = times(31, (i) => first + 1 + i).filter((_, i) => (mask >>> i) % 2 === 1);
  if (others.some((series) => series >= SERIES)) refuse("a series beyond the last");
  const at = decodeInstants(cursor, instants);
  let readings = 0;
  const columns = [first, ...others].map((series) => {
    const column = isPlain ? { values: decodeNumbers(cursor, instants) } : readChannel(cursor, instants);
    readings += column.values.length;
    return { series, ...column };
  });
  if (readings > left) refuse(`${readings} readings, ${left} left`);
  if (!isPlain && at.some((_, i) => columns.every((column) => "present" in column && column.present?.[i] === 0)))
    refuse("an instant without a value");
  return { frame: { form: "samples", at, columns }, readings };
}

function readChannel(cursor: Cursor, instants: number) {
  const flags = cursor.byte();
  if (flags > (PRESENCE | QUALITY)) refuse(`flags ${flags}`);
  if (flags & PRESENCE) cursor.note("channel presence");
  if (flags & QUALITY) cursor.note("channel quality");
  const present = flags & PRESENCE ? { present: decodeRuns(cursor, instants, 1) } : {};
  const size = present.present?.filter((code) => code === 1).length ?? instants;
  const quality = flags & QUALITY ? { quality: decodeRuns(cursor, size, 2) } : {};
  return { ...present, ...quality, values: decodeNumbers(cursor, size) };
}

function readSummaries(cursor: Cursor, series: number, count: number) {
  const at = decodeInstants(cursor, count);
  const flags = cursor.byte();
  if (flags !== 0 && flags !== QUALITY) refuse(`flags ${flags} of summaries`);
  if (flags === QUALITY) cursor.note("summaries quality");
  const quality = flags === QUALITY ? { quality: decodeRuns(cursor, count, 1) } : {};
  const { lasting, ...columns } = decodeSummaryColumns(cursor, count);
  const lastAt = at.map((instant, i) => instant + (lasting[i] as number));
  return { frame: { form: "summaries", series, at, ...columns, lastAt, ...quality }, readings: count };
}

/** The body of a gap batch. */
export function decodeGapBody(body: Uint8Array) {
  return entries(body, (entry) => {
    const where = { epoch: entry.id(), seq: entry.integer(1) };
    const hash = hex(entry.bytes());
    if (hash.length !== 0 && hash.length !== 16) refuse(`a hash of ${hash.length / 2} bytes`);
    const gap = { ...where, ...(hash !== "" && { hash }), count: entry.integer(0, 5_000), reason: entry.string() };
    return /^[a-z][a-z0-9_]{0,39}$/.test(gap.reason) ? gap : refuse(`reason ${gap.reason}`);
  });
}

/** The body of a catalog batch. */
export function decodeCatalogBody(body: Uint8Array) {
  return entries(body, (entry) => ({
    sensor: name(entry),
    channel: name(entry),
    unit: unit(entry),
    kind: KINDS[entry.integer()] ?? refuse("an unknown kind"),
    sampling: SAMPLING[entry.integer()] ?? refuse("an unknown sampling"),
    period: entry.integer(),
    heartbeat: entry.integer(),
    calibration: entry.integer(),
  }));
}

function entries<T>(body: Uint8Array, one: (entry: Fields) => T): T[] {
  const list = readMsgpack(body);
  if (!Array.isArray(list) || list.length < 1 || list.length > 512) return refuse("no list of 1 to 512");
  return list.map((value: Value) => {
    const entry = new Fields(value);
    const read = one(entry);
    entry.end();
    return read;
  });
}

function name(entry: Fields): string {
  const text = entry.string();
  return /^[a-z0-9][a-z0-9_-]{0,39}$/.test(text) ? text : refuse(`name ${text}`);
}

function unit(entry: Fields): string {
  const text = entry.string(64);
  return /^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}]*$/u.test(text) ? text : refuse("a control character in a unit");
}
