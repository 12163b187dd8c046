/**
 * float-compression: the series of the float compression papers, values only, with the bits per value they published.
 */
import fs from "node:fs";
import path from "node:path";
import { filesIn, linesOf } from "./recording.ts";

/** A series of the papers, its blanks dropped. */
export interface FloatSeries {
  readonly name: string;
  readonly values: Float64Array;
  /** Bits per value over the paper's full series, by codec; empty where it is in no paper. */
  readonly published: Readonly<Record<string, number>>;
}

/** The papers write other names. */
const PUBLISHED_AS: Readonly<Record<string, string>> = {
  "Air-pressure": "Air-Pressure",
  "Basel-temp": "Basel-Temp",
  "Basel-wind": "Basel-Wind",
  "Bird-migration": "Bird-Mig",
  "City-temp": "City-Temp",
  "Dew-point-temp": "Dew-Temp",
  "IR-bio-temp": "Bio-Temp",
};
const CODECS = { gorilla: "gorillas", chimp128: "chimp128", elf: "elf", alp: "alp", zstd: "zstd" } as const;

export function floatCompression(folder: string): FloatSeries[] {
  const published = Object.entries(CODECS).map(
    ([codec, file]) => [codec, readPublished(path.join(folder, "published", `${file}.csv`))] as const,
  );
  return filesIn(path.join(folder, "elf_subset")).map((file) => {
    const name = path.basename(file).replace(/\.csv(\.xz)?$/, "");
    const values = linesOf(file)
      .filter((line) => line !== "" && line !== '""')
      .map(Number)
      .filter(Number.isFinite);
    const key = PUBLISHED_AS[name] ?? name;
    const bits = published.flatMap(([codec, table]) => {
      const size = table.get(key);
      return size === undefined ? [] : [[codec, size] as const];
    });
    return { name, values: Float64Array.from(values), published: Object.fromEntries(bits) };
  });
}

function readPublished(file: string): Map<string, number> {
  const lines = fs.readFileSync(file, "latin1").trim().split("\n").slice(1);
  return new Map(lines.map((line) => line.split(",")).map(([dataset = "", size]) => [dataset, Number(size)]));
}
