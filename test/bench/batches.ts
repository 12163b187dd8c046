/**
 * batches: recordings cut and sealed as an agent does it: one sensor, so many readings a channel, the running account
 * inside, seqs counted from 1.
 */
import { stampAll } from "../../agent/spool/stamp.ts";
import {
  type BatchHeader,
  type CatalogRef,
  catalogHash,
  catalogRef,
  encodeBatch,
  encodeCatalog,
  encodeDataBody,
  epochId,
  type Frame,
  micros,
  NO_TOTALS,
  type SealedBatch,
} from "../../protocol/index.ts";
import type { DataSet, Recording } from "./data-sets/recording.ts";

/** Whole stretches of `count` instants; what is left over at the end of a recording is left out. */
export function cut(recordings: readonly Recording[], count: number): Recording[] {
  return recordings.flatMap(({ at, channels }) =>
    Array.from({ length: Math.floor(at.length / count) }, (_, index) => {
      const part = (column: Float64Array) => column.slice(index * count, (index + 1) * count);
      return { at: part(at), channels: channels.map(part) };
    }),
  );
}

/** The same recording stamped as an agent does it on the sensor's own grid: a second reading of one slot comes behind it. */
export function onGrid({ at, channels }: Recording, grid: number): Recording {
  return { at: stampAll(at, 0, 0, { sensor: "air", every: grid, phase: 0 }, 0), channels };
}

function frameOf({ at, channels }: Recording): Frame {
  const columns = channels.map((values, series) => ({ series, present: undefined, values, quality: undefined }));
  return { form: "samples", at, columns };
}

export function catalogOf({ channels }: DataSet): Uint8Array {
  return encodeCatalog(
    channels.map(([channel, unit]) => ({
      sensor: "air",
      channel,
      unit,
      kind: "gauge",
      sampling: "periodic",
      period: micros(1_000_000),
      heartbeat: micros(0),
      calibration: 0,
    })),
  );
}

/** The epoch of every batch in the benchmarks. */
export const EPOCH = epochId(Uint8Array.of(0x9d, 0x11, 0x5e, 0x42, 0x07, 0xc8, 0x33, 0xfa));

/** Seals one recording after the other, with seqs from `first` on; the bytes are those that are published. */
export function sealer(dataSet: DataSet, first = 1): (part: Recording) => SealedBatch {
  const catalog: CatalogRef = catalogRef(catalogHash(catalogOf(dataSet)));
  let seq = first - 1;
  let sealed = 0;
  return (part) => {
    const count = part.at.length * part.channels.length;
    seq += 1;
    sealed += count;
    const header: Omit<BatchHeader, "deflated" | "hash"> = { kind: "data", epoch: EPOCH, seq, count, catalog };
    return encodeBatch(header, encodeDataBody({ totals: { ...NO_TOTALS, read: sealed, sealed }, frames: [frameOf(part)] }));
  };
}
