/**
 * recording: real sensor data as columns, as every data set of the benchmarks hands it over.
 *
 * Read in place from $TRIBUTARY_DATA or `../shared/data` beside the repository, unpacked into a temp folder where it
 * is packed, never copied into the project.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** One sensor over an unbroken stretch of its file: all channels have a value at every instant. */
export interface Recording {
  /** Microseconds since the Unix epoch, in the order of the file. */
  readonly at: Float64Array;
  readonly channels: readonly Float64Array[];
}

export interface DataSet {
  readonly name: string;
  /** Name and unit of each channel, for the line protocol and the catalog. */
  readonly channels: readonly (readonly [name: string, unit: string])[];
  readonly recordings: readonly Recording[];
  /** The sensor's own period in microseconds, where instants may be stamped on it. */
  readonly grid?: number;
  /** Bits per value in the papers, by codec. */
  readonly published?: Readonly<Record<string, number>>;
}

/** Rows of numbers as columns: the first number is the instant in microseconds. */
export function columnsOf(rows: readonly (readonly number[])[]): Recording {
  const width = rows[0]?.length ?? 1;
  const column = (index: number) => Float64Array.from(rows, (row) => row[index] as number);
  return { at: column(0), channels: Array.from({ length: width - 1 }, (_, index) => column(index + 1)) };
}

/** Lines of a text file, unpacked where its name ends in .xz. */
export function linesOf(file: string): string[] {
  const text = file.endsWith(".xz")
    ? execFileSync("xz", ["-dc", file], { maxBuffer: 2 ** 30, encoding: "latin1" })
    : fs.readFileSync(file, "latin1");
  return text.split("\n").map((line) => line.trim());
}

/** The files of a .tar.xz, sorted, each handed to `read`; the folder is gone afterwards. */
export function readPacked<T>(packed: string, read: (file: string) => T): T[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tributary-bench-"));
  try {
    execFileSync("tar", ["-xJf", packed, "-C", folder]);
    return filesIn(folder).map(read);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Every file below a folder, sorted by path. */
export function filesIn(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
