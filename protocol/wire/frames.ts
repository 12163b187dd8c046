/**
 * frames: one frame as bytes. SPEC.md section "Frame".
 *
 *   byte     form: 0 samples, 1 summaries, 2 plain samples: every channel has a good value at every instant
 *   varint   series index of the first (or only) channel
 *   varint   instants
 *   samples:   varint mask of further channels (bit i = first + 1 + i), instants, then for each channel
 *              (not in plain samples: byte flags (1 presence, 2 quality), presence runs, quality runs,) values
 *   summaries: instants, byte flags (2 quality), quality runs, then the columns of summaries.ts
 */
import { type ByteReader, ByteWriter } from "../bytes.ts";
import { readInstants, writeInstants } from "../columns/instants.ts";
import { readNumbers, writeNumbers } from "../columns/numbers.ts";
import { readRuns, writeRuns } from "../columns/runs.ts";
import { readSummaryColumns, writeSummaryColumns } from "../columns/summaries.ts";
import { bug, Fault } from "../faults.ts";
import type { Frame, SampleColumn, SampleFrame, SummaryFrame } from "../frame.ts";
import { LIMITS } from "../limits.ts";
import { QUALITIES } from "../reading.ts";

const SAMPLES = 0;
const SUMMARIES = 1;
const PLAIN_SAMPLES = 2;
const HAS_PRESENCE = 1;
const HAS_QUALITY = 2;
const WORST_QUALITY = QUALITIES.length - 1;
/** Readings of quality bad are in no summary. */
const WORST_SUMMARY = QUALITIES.indexOf("suspect");

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
  if (form === SAMPLES || form === PLAIN_SAMPLES) return readSamples(input, form, series, instants);
  if (form === SUMMARIES) return readSummaries(input, series, instants);
  throw new Fault("malformed", `frame: expected form 0 to 2, got ${form}`);
}

function writeSamples(out: ByteWriter, { at, columns }: SampleFrame): void {
  const first = columns[0]?.series ?? bug("a frame without a channel");
  const isPlain = columns.every(({ present, quality }) => present === undefined && quality === undefined);
  out.byte(isPlain ? PLAIN_SAMPLES : SAMPLES);
  out.varint(first);
  out.varint(at.length);
  out.varint(columns.slice(1).reduce((mask, column) => mask + 2 ** (column.series - first - 1), 0));
  writeInstants(out, at);
  for (const column of columns) {
    if (!isPlain) writeFlags(out, column);
    writeNumbers(out, column.values);
  }
}

function writeFlags(out: ByteWriter, { present, quality }: SampleColumn): void {
  out.byte((present === undefined ? 0 : HAS_PRESENCE) | (quality === undefined ? 0 : HAS_QUALITY));
  if (present !== undefined) writeRuns(out, present);
  if (quality !== undefined) writeRuns(out, quality);
}

function readSamples(input: ByteReader, form: number, first: number, instants: number): SampleFrame {
  const mask = input.varint();
  if (mask >= 2 ** (LIMITS.channelsPerFrame - 1)) throw new Fault("malformed", "frame: too many channels");
  const series = [first];
  for (let bit = 0; bit < LIMITS.channelsPerFrame - 1; bit++) {
    if (Math.floor(mask / 2 ** bit) % 2 === 1) series.push(first + 1 + bit);
  }
  if ((series.at(-1) ?? 0) >= LIMITS.seriesPerBatch) throw new Fault("malformed", `frame: expected series below ${LIMITS.seriesPerBatch}`);
  const at = readInstants(input, instants);
  return { form: "samples", at, columns: series.map((index) => readColumn(input, form, index, instants)) };
}

function readColumn(input: ByteReader, form: number, series: number, instants: number): SampleColumn {
  const flags = form === PLAIN_SAMPLES ? 0 : input.byte();
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
  writeSummaryColumns(out, frame);
}

function readSummaries(input: ByteReader, series: number, instants: number): SummaryFrame {
  const at = readInstants(input, instants);
  const flags = input.byte();
  if (flags !== 0 && flags !== HAS_QUALITY) throw new Fault("malformed", `frame: unknown summary flags ${flags}`);
  const quality = flags === HAS_QUALITY ? readRuns(input, instants, WORST_SUMMARY) : undefined;
  return { form: "summaries", series, quality, ...readSummaryColumns(input, at) };
}
