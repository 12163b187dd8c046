/**
 * codec: readings a second through the codec on one core, batches of 600 readings a channel of real data: columns to
 * published bytes (hash and deflate in it), and published bytes to columns (hash and pre-scan in it).
 *
 * The peers do the same readings in the same run: JSON.parse and msgpack of one object or row an instant, encoding with
 * JSON.stringify and msgpack. Time is the thread's own CPU time, so that a busy machine does not count as a slow codec.
 */

import { Packr, Unpackr } from "msgpackr";
import { decodeDataBody, openBody, parseBatch } from "../../protocol/index.ts";
import { cut, sealer } from "./batches.ts";
import type { Bench } from "./bench.ts";
import type { DataSet, Recording } from "./data-sets/recording.ts";
import { found } from "./data-sets/there.ts";
import { jsonText } from "./peers.ts";
import { sample } from "./wire.ts";

const READINGS_PER_CHANNEL = 600;
const BATCHES = 100;
const RUNS = 9;
/** Long enough that a run is not a matter of a few garbage collections. */
const SHORTEST_RUN_MS = 150;

interface CodecRow {
  readonly dataset: string;
  readonly operation: "encode" | "decode";
  readonly readings_per_second: number;
  readonly ratio_to_json_parse: number;
  readonly ratio_to_msgpack_rows: number;
}

export const codec: Bench = {
  about: "readings a second through the codec, beside JSON and msgpack",
  named: ["dataset", "operation"],
  figures: ["readings_per_second", "ratio_to_json_parse"],
  async run({ quick, print }) {
    const names = ["bme280_pair", "room_climate", "tracebase_power"] as const;
    for (const read of found(quick ? names.slice(0, 1) : names)) for (const row of measureCodec(read())) print(row);
  },
};

function measureCodec(dataSet: DataSet): CodecRow[] {
  const parts = sample(cut(dataSet.recordings, READINGS_PER_CHANNEL), BATCHES);
  const readings = parts.length * READINGS_PER_CHANNEL * dataSet.channels.length;
  const rate = (run: () => void) => readings / secondsOf(run);
  const seal = sealer(dataSet);
  const batches = parts.map((part) => seal(part).bytes);
  const texts = parts.map((part) => jsonText(dataSet, part));
  const rows = parts.map(rowsOf);
  const packr = new Packr({ useRecords: false });
  const unpackr = new Unpackr({ useRecords: false });
  const packed = rows.map((part) => packr.pack(part));
  const row = (operation: "encode" | "decode", ours: number, json: number, msgpack: number): CodecRow => ({
    dataset: dataSet.name,
    operation,
    readings_per_second: Math.round(ours),
    ratio_to_json_parse: ours / json,
    ratio_to_msgpack_rows: ours / msgpack,
  });
  const decoded = rate(() => batches.forEach(decode));
  const parsed = rate(() => texts.forEach((text) => void JSON.parse(text)));
  const unpacked = rate(() => packed.forEach((bytes) => void unpackr.unpack(bytes)));
  const encoded = rate(() => parts.forEach(seal));
  const repacked = rate(() => rows.forEach((part) => void packr.pack(part)));
  return [row("decode", decoded, parsed, unpacked), row("encode", encoded, parsed, repacked)];
}

function decode(bytes: Uint8Array): void {
  const parsed = parseBatch(bytes);
  decodeDataBody(openBody(parsed), parsed.header.count);
}

function rowsOf({ at, channels }: Recording): number[][] {
  return Array.from(at, (instant, index) => [instant, ...channels.map((values) => values[index] as number)]);
}

/** Median seconds of one round, over several runs of at least so long. */
function secondsOf(round: () => void): number {
  round();
  const runs = Array.from({ length: RUNS }, () => {
    let rounds = 0;
    const began = threadMs();
    while (threadMs() - began < SHORTEST_RUN_MS) {
      round();
      rounds += 1;
    }
    return (threadMs() - began) / 1000 / rounds;
  });
  return runs.sort((a, b) => a - b)[RUNS >> 1] as number;
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
