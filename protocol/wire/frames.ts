/**
 * frames: one frame as bytes. SPEC.md section "Frame".
 *
 *   byte     form: 0 samples, 1 summaries
 *   varint   series index of the first (or only) channel
 *   varint   instants
 *   samples:   varint mask of further channels (bit i = first + 1 + i), instants, then for each channel
 *              byte flags (1 presence, 2 quality), presence runs, quality runs, values
 *   summaries: instants, byte flags (2 quality), quality runs, then n, min, max, sum, first, last,
 *              last_at - at, covered, weighted sum as number columns
 */
import { type ByteReader, ByteWriter } from "../bytes.ts";
import { readInstants, writeInstants } from "../columns/instants.ts";
import { readNumbers, writeNumbers } from "../columns/numbers.ts";
import { readRuns, writeRuns } from "../columns/runs.ts";
import { bug, Fault } from "../faults.ts";
import type { Frame, SampleColumn, SampleFrame, SummaryFrame } from "../frame.ts";
import { LIMITS } from "../limits.ts";
import { QUALITIES } from "../reading.ts";

const SAMPLES = 0;
const SUMMARIES = 1;
const HAS_PRESENCE = 1;
const HAS_QUALITY = 2;
const WORST_QUALITY = QUALITIES.length - 1;

export function encodeFrame(frame: Frame): Uint8Array {
  const out = new ByteWriter(frame.at.length * 4 + 32);
  if (frame.form === "samples") writeSamples(out, frame);
  else writeSummaries(out, frame);
  return out.finish();
}

/** @throws Fault `malformed` where bytes and limits do not agree. `budget` bounds the instants of the frame. */
export function decodeFrame(input: ByteReader, budget: number): Frame {
  const form = input.byte();
  const series = input.varint();
  const instants = input.varint();
  if (series >= LIMITS.seriesPerBatch)
    throw new Fault("malformed", `frame: expected a series below ${LIMITS.seriesPerBatch}, got ${series}`);
  if (instants === 0 || instants > budget) throw new Fault("malformed", `frame: expected 1 to ${budget} instants, got ${instants}`);
  if (form === SAMPLES) return readSamples(input, series, instants);
  if (form === SUMMARIES) return readSummaries(input, series, instants);
  throw new Fault("malformed", `frame: expected form 0 or 1, got ${form}`);
}

function writeSamples(out: ByteWriter, { at, columns }: SampleFrame): void {
  const first = columns[0]?.series ?? bug("a frame without a channel");
  out.byte(SAMPLES);
  out.varint(first);
  out.varint(at.length);
  out.varint(columns.slice(1).reduce((mask, column) => mask + 2 ** (column.series - first - 1), 0));
  writeInstants(out, at);
  for (const column of columns) writeColumn(out, column);
}

function writeColumn(out: ByteWriter, { present, quality, values }: SampleColumn): void {
  out.byte((present === undefined ? 0 : HAS_PRESENCE) | (quality === undefined ? 0 : HAS_QUALITY));
  if (present !== undefined) writeRuns(out, present);
  if (quality !== undefined) writeRuns(out, quality);
  writeNumbers(out, values);
}

function readSamples(input: ByteReader, first: number, instants: number): SampleFrame {
  const mask = input.varint();
  if (mask >= 2 ** (LIMITS.channelsPerFrame - 1)) throw new Fault("malformed", "frame: too many channels");
  const series = [first];
  for (let bit = 0; bit < LIMITS.channelsPerFrame - 1; bit++) {
    if (Math.floor(mask / 2 ** bit) % 2 === 1) series.push(first + 1 + bit);
  }
  if ((series.at(-1) ?? 0) >= LIMITS.seriesPerBatch) throw new Fault("malformed", `frame: expected series below ${LIMITS.seriesPerBatch}`);
  const at = readInstants(input, instants);
  return { form: "samples", at, columns: series.map((index) => readColumn(input, index, instants)) };
}

function readColumn(input: ByteReader, series: number, instants: number): SampleColumn {
  const flags = input.byte();
  if (flags > (HAS_PRESENCE | HAS_QUALITY)) throw new Fault("malformed", `frame: unknown column flags ${flags}`);
  const present = flags & HAS_PRESENCE ? readRuns(input, instants, 1) : undefined;
  const count = present === undefined ? instants : present.reduce((sum, bit) => sum + bit, 0);
  const quality = flags & HAS_QUALITY ? readRuns(input, count, WORST_QUALITY) : undefined;
  return { series, present, quality, values: readNumbers(input, count) };
}

function writeSummaries(out: ByteWriter, frame: SummaryFrame): void {
  out.byte(SUMMARIES);
  out.varint(frame.series);
  out.varint(frame.at.length);
  writeInstants(out, frame.at);
  out.byte(frame.quality === undefined ? 0 : HAS_QUALITY);
  if (frame.quality !== undefined) writeRuns(out, frame.quality);
  const lasting = frame.lastAt.map((last, index) => last - (frame.at[index] ?? 0));
  for (const column of [frame.n, frame.min, frame.max, frame.sum, frame.first, frame.last, lasting, frame.covered, frame.weightedSum]) {
    writeNumbers(out, column);
  }
}

function readSummaries(input: ByteReader, series: number, instants: number): SummaryFrame {
  const at = readInstants(input, instants);
  const flags = input.byte();
  if (flags !== 0 && flags !== HAS_QUALITY) throw new Fault("malformed", `frame: unknown summary flags ${flags}`);
  const quality = flags === HAS_QUALITY ? readRuns(input, instants, WORST_QUALITY) : undefined;
  const next = () => readNumbers(input, instants);
  const [n, min, max, sum, first, last] = [next(), next(), next(), next(), next(), next()];
  const lastAt = next().map((lasting, index) => (at[index] ?? 0) + lasting);
  return { form: "summaries", series, at, n, min, max, sum, first, last, lastAt, covered: next(), weightedSum: next(), quality };
}
