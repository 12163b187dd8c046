/**
 * source: the lines of all files of a `path`, one after the other, and the place behind each.
 *
 * The place is a file and a byte offset. A file that is gone is passed over for the next name; one that became
 * shorter than the place was written anew and is read from its start.
 */
import { type FileHandle, open } from "node:fs/promises";
import { Fault } from "../../../protocol/index.ts";
import { deviceFault } from "../contract.ts";
import { findFiles, listFiles } from "./find-files.ts";
import { LineReader } from "./line-reader.ts";
import { headerNames, looksLikeHeader, type RowFormat, type RowParser, rowParser } from "./rows.ts";

export interface Place {
  readonly file: string;
  readonly offset: number;
}

const UTF8_MARK = "\xef\xbb\xbf";
const UTF16_MARKS = ["\xff\xfe", "\xfe\xff"];

export class Source {
  readonly #path: string;
  readonly #format: RowFormat;
  readonly #header: "yes" | "no" | "auto";
  #handle: FileHandle | undefined;
  #file = "";
  #reader: LineReader | undefined;
  #rows: RowParser | undefined;

  constructor(path: string, format: RowFormat, header: "yes" | "no" | "auto") {
    this.#path = path;
    this.#format = format;
    this.#header = header;
  }

  get reader(): LineReader {
    return this.#reader as LineReader;
  }

  /** How the rows of the present file are read. */
  get rows(): RowParser {
    return this.#rows as RowParser;
  }

  get place(): Place {
    return { file: this.#file, offset: this.reader.offset };
  }

  /** Opens the first file, or goes on at `place`. */
  async open(place: Place | undefined): Promise<void> {
    const files = await findFiles(this.#path);
    const file = files.find((name) => place === undefined || name >= place.file) ?? (files.at(-1) as string);
    const isBehind = place !== undefined && file < place.file;
    await this.#openFile(file, file === place?.file ? place.offset : isBehind ? Infinity : 0);
  }

  /** Opens the file that follows by name; false where there is none. */
  async openNext(): Promise<boolean> {
    const next = await this.#next();
    if (next === undefined) return false;
    await this.#openFile(next, 0);
    return true;
  }

  async hasNext(): Promise<boolean> {
    return (await this.#next()) !== undefined;
  }

  async #next(): Promise<string | undefined> {
    return (await listFiles(this.#path)).find((name) => name > this.#file);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #openFile(file: string, offset: number): Promise<void> {
    await this.close();
    try {
      const handle = await open(file, "r");
      this.#handle = handle;
      const { size } = await handle.stat();
      const start = await this.#readHeader(handle, file);
      const isShorter = offset !== Infinity && offset > size;
      this.#reader = new LineReader(handle, isShorter ? start : Math.max(start, Math.min(offset, size)));
      this.#file = file;
    } catch (error) {
      throw deviceFault(error, file);
    }
  }

  /** Finds the columns and returns the offset of the first row. */
  async #readHeader(handle: FileHandle, file: string): Promise<number> {
    const reader = new LineReader(handle, 0);
    let line = reader.next();
    while (line === undefined && (await reader.more())) line = reader.next();
    const end = reader.offset;
    line ??= reader.rest() ?? "";
    if (UTF16_MARKS.some((mark) => line.startsWith(mark))) {
      throw new Fault("bad_encoding", `${file}: expected UTF-8 or another encoding of single bytes, got UTF-16`, {
        hint: `convert it: iconv -f UTF-16 -t UTF-8 ${file}`,
      });
    }
    const mark = line.startsWith(UTF8_MARK) ? UTF8_MARK.length : 0;
    const first = line.slice(mark);
    const isHeader = this.#header === "yes" || (this.#header === "auto" && first !== "" && looksLikeHeader(first, this.#format));
    const { lines } = this.#format;
    if (lines !== undefined) {
      this.#rows = rowParser(this.#format, lines.names, file);
      return mark;
    }
    this.#rows = rowParser(this.#format, isHeader ? headerNames(first, this.#format.separator) : undefined, file);
    return isHeader ? Math.max(end, mark) : mark;
  }
}
