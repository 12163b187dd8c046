/**
 * wire: bytes a reading on real data: the whole MQTT payload of batches of 30, 60 and 600 readings a channel, and what
 * the peers take for the same readings.
 */
import { decodeDataBody, openBody, parseBatch, type SampleFrame } from "../../protocol/index.ts";
import { cut, onGrid, sealer } from "./batches.ts";
import type { Bench } from "./bench.ts";
import { floatCompression } from "./data-sets/float-compression.ts";
import type { DataSet, Recording } from "./data-sets/recording.ts";
import { DATA_SET_NAMES, folderOf, found } from "./data-sets/there.ts";
import { measureFloats } from "./floats.ts";
import { gorillaBytes } from "./gorilla.ts";
import { type LinkBench, openLinkBench } from "./link.ts";
import { gzipBytes, jsonText, lineProtocol } from "./peers.ts";

const READINGS_PER_CHANNEL = [30, 60, 600] as const;

/** The peers are slow to measure and even over a data set: every batch counts for us, so many for them. */
const PEER_SAMPLE = 400;
/** Batches that are really sent, one after the other. */
const LINK_SAMPLE = 100;

interface WireRow {
  readonly dataset: string;
  readonly channels: number;
  readonly readings_per_channel: number;
  readonly stamps: "exact" | "grid";
  readonly batches: number;
  readonly bytes_per_reading: number;
  readonly link_bytes_per_reading: number;
  readonly json_gzip_bytes_per_reading: number;
  readonly line_protocol_gzip_bytes_per_reading: number;
  readonly gorilla_bytes_per_reading: number;
}

export const wire: Bench = {
  about: "bytes a reading on real data, beside JSON, line protocol and Gorilla",
  named: ["dataset", "series", "stamps", "readings_per_channel"],
  figures: ["bytes_per_reading", "link_bytes_per_reading", "gorilla_bytes_per_reading", "bits_per_value", "gorilla_bits_per_value"],
  async run({ quick, print }) {
    await using link = await openLinkBench();
    for (const read of found(quick ? DATA_SET_NAMES.slice(0, 1) : DATA_SET_NAMES)) {
      const dataSet = read();
      for (const stamps of dataSet.grid === undefined ? (["exact"] as const) : (["exact", "grid"] as const)) {
        for (const count of quick ? [600] : READINGS_PER_CHANNEL) {
          const row = await measureWire(dataSet, count, stamps, link);
          if (row !== undefined) print(row);
        }
      }
    }
    const floats = folderOf("float_compression");
    if (floats !== undefined && !quick) for (const series of floatCompression(floats)) print(measureFloats(series));
  },
};

async function measureWire(dataSet: DataSet, count: number, stamps: "exact" | "grid", link: LinkBench): Promise<WireRow | undefined> {
  const grid = dataSet.grid;
  const stamped = stamps === "grid" && grid !== undefined ? dataSet.recordings.map((part) => onGrid(part, grid)) : dataSet.recordings;
  const parts = cut(stamped, count);
  if (parts.length === 0) return undefined;
  const peers = sample(parts, PEER_SAMPLE);
  const readings = count * dataSet.channels.length;
  const perReading = (bytesOf: (part: Recording) => number, of = peers) =>
    of.reduce((sum, part) => sum + bytesOf(part), 0) / (of.length * readings);
  const seal = sealer(dataSet);
  return {
    dataset: dataSet.name,
    channels: dataSet.channels.length,
    readings_per_channel: count,
    stamps,
    batches: parts.length,
    bytes_per_reading: perReading((part) => checked(seal(part).bytes, part), parts),
    link_bytes_per_reading: (await link.measure(dataSet, sample(parts, LINK_SAMPLE))) / (Math.min(LINK_SAMPLE, parts.length) * readings),
    json_gzip_bytes_per_reading: perReading((part) => gzipBytes(jsonText(dataSet, part))),
    line_protocol_gzip_bytes_per_reading: perReading((part) => gzipBytes(lineProtocol(dataSet, part))),
    gorilla_bytes_per_reading: perReading(gorillaBytes),
  };
}

/** The length of a batch that comes back as it was; a codec that loses a bit has no length. */
function checked(bytes: Uint8Array, part: Recording): number {
  const parsed = parseBatch(bytes);
  const [frame] = decodeDataBody(openBody(parsed), parsed.header.count).frames as [SampleFrame];
  const same = [frame.at, ...frame.columns.map((column) => column.values)];
  [part.at, ...part.channels].forEach((column, index) => {
    if (!column.every((value, i) => Object.is(value, same[index]?.[i]))) throw new Error(`column ${index} came back as something else`);
  });
  return bytes.length;
}

export function sample<T>(all: readonly T[], size: number): readonly T[] {
  if (all.length <= size) return all;
  return Array.from({ length: size }, (_, index) => all[Math.floor((index * all.length) / size)] as T);
}
