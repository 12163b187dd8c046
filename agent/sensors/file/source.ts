/**
 * source: the lines of all files of a `path`, one after the other, and the place behind each.
 *
 * The place is a file and a byte offset. A file that is gone is passed over for the next name; one that became
 * shorter than the place was written anew and is read from its start. A followed file may be rotated: the file that
 * was moved away is known by its inode, and read to its end before the one that has its name now.
 */
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Fault, isFault } from "../../../protocol/index.ts";
import { deviceFault } from "../contract.ts";
import { findFiles, listFiles } from "./find-files.ts";
import { LineReader } from "./line-reader.ts";
import { headerNames, looksLikeHeader, type RowFormat, type RowParser, rowParser } from "./rows.ts";

export interface Place {
  /** Its name, also where it was moved away meanwhile. */
  readonly file: string;
  readonly offset: number;
  readonly inode?: number;
}

/** What became of a file that is followed. */
export type Fate = "same" | "moved" | "cut";

const UTF8_MARK = "\xef\xbb\xbf";
const UTF16_MARKS = ["\xff\xfe", "\xfe\xff"];

export class Source {
  readonly #path: string;
  readonly #format: RowFormat;
  readonly #header: "yes" | "no" | "auto";
  #handle: FileHandle | undefined;
  #file = "";
  #inode = 0;
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
    return { file: this.#file, offset: this.reader.offset, inode: this.#inode };
  }

  /** Opens the first file, or goes on at `place`. @param from where a file is begun that has no place yet. */
  async open(place: Place | undefined, from: "beginning" | "end"): Promise<void> {
    const files = await findFiles(this.#path);
    const moved = await movedAway(place);
    if (place !== undefined && moved !== undefined) {
      await this.#openFile(moved, place.offset);
      this.#file = place.file;
      return;
    }
    if (place === undefined && from === "end") return this.#openFile(files.at(-1) as string, Infinity);
    const file = files.find((name) => place === undefined || name >= place.file) ?? (files.at(-1) as string);
    const isBehind = place !== undefined && file < place.file;
    await this.#openFile(file, file === place?.file ? place.offset : isBehind ? Infinity : 0);
  }

  /**
   * Opens what comes behind a file of this fate: the next by name, or the one that has its name now. False where there
   * is none. Where that fails, the present file stays open, and may be asked again.
   */
  async openFollowing(fate: Fate): Promise<boolean> {
    const file = fate === "same" ? await this.#next() : this.#file;
    if (file === undefined) return false;
    await this.#openFile(file, 0);
    return true;
  }

  async fate(): Promise<Fate> {
    const now = await statOf(this.#file);
    if (now === undefined) return "same"; // moved, and no other is there yet: its writer may still be at it
    if (now.ino !== this.#inode) return "moved";
    return now.size < this.reader.end ? "cut" : "same";
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
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, "r");
      const { size, ino } = await handle.stat();
      const { rows, start } = await this.#readHeader(handle, file);
      await this.close();
      const isShorter = offset !== Infinity && offset > size;
      this.#reader = new LineReader(handle, isShorter ? start : Math.max(start, Math.min(offset, size)));
      this.#rows = rows;
      this.#handle = handle;
      this.#inode = ino;
      this.#file = file;
    } catch (error) {
      await handle?.close();
      throw deviceFault(error, file);
    }
  }

  /** Finds the columns and the offset of the first row. */
  async #readHeader(handle: FileHandle, file: string): Promise<{ readonly rows: RowParser; readonly start: number }> {
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
    if (lines !== undefined) return { rows: rowParser(this.#format, lines.names, file), start: mark };
    const rows = rowParser(this.#format, isHeader ? headerNames(first, this.#format.separator) : undefined, file);
    return { rows, start: isHeader ? Math.max(end, mark) : mark };
  }
}

/** Where the file of a place is now, if it is still beside its old name under another: `log.1` of `log`. */
async function movedAway(place: Place | undefined): Promise<string | undefined> {
  if (place?.inode === undefined) return undefined;
  const { file, inode } = place;
  if ((await statOf(file))?.ino === inode) return undefined;
  const folder = dirname(file);
  const names = await readdir(folder).catch(() => []); // no folder, no file
  for (const name of names.filter((each) => each.startsWith(basename(file)) && each !== basename(file))) {
    if ((await statOf(join(folder, name)))?.ino === inode) return join(folder, name);
  }
  return undefined;
}

async function statOf(file: string): Promise<{ readonly ino: number; readonly size: number } | undefined> {
  return stat(file).catch((error) => {
    const fault = deviceFault(error, file);
    if (isFault(fault, "device_missing")) return undefined;
    throw fault;
  });
}
