/**
 * line-reader: the lines of a file from a byte offset on, and the exact offset behind each.
 *
 * - Lines are held as latin1, one character a byte, so that the offset of a cursor is exact and cheap whatever
 *   the bytes are; `utf8` turns the few that are words (a header) into text.
 * - Line ends may be LF and CRLF, mixed. A line of more than LONGEST_LINE bytes is skipped whole and counted.
 */
import type { FileHandle } from "node:fs/promises";

const CHUNK = 256 * 1024;
const LONGEST_LINE = 64 * 1024;

export class LineReader {
  readonly #handle: FileHandle;
  readonly #chunk = Buffer.allocUnsafe(CHUNK);
  /** Read and not yet given out: `#text` from `#position` on. */
  #text = "";
  #position = 0;
  /** Byte offset of the first character of `#text`. */
  #base: number;
  #isSkipping = false;
  #tooLong = 0;

  constructor(handle: FileHandle, offset: number) {
    this.#handle = handle;
    this.#base = offset;
  }

  /** Byte offset behind the last line given out. */
  get offset(): number {
    return this.#base + this.#position;
  }

  /** Byte offset behind everything that was read, given out or not. */
  get end(): number {
    return this.#base + this.#text.length;
  }

  /** Lines that were skipped since this was asked last. */
  takeTooLong(): number {
    const count = this.#tooLong;
    this.#tooLong = 0;
    return count;
  }

  /** The next whole line in memory without its line end; undefined = call `more`. */
  next(): string | undefined {
    for (;;) {
      const end = this.#text.indexOf("\n", this.#position);
      if (end < 0) return undefined;
      const start = this.#position;
      this.#position = end + 1;
      if (this.#isSkipping || end - start > LONGEST_LINE) {
        this.#isSkipping = false;
        this.#tooLong += 1;
        continue;
      }
      return this.#text.slice(start, this.#text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end);
    }
  }

  /** Reads on; false at the end of the file (which may grow). */
  async more(): Promise<boolean> {
    this.#dropTaken();
    const { bytesRead } = await this.#handle.read(this.#chunk, 0, CHUNK, this.#base + this.#text.length);
    this.#text += this.#chunk.toString("latin1", 0, bytesRead);
    return bytesRead > 0;
  }

  /** What stands behind the last line end, taken as a line; undefined where nothing does. */
  rest(): string | undefined {
    const rest = this.#text.slice(this.#position);
    this.#position = this.#text.length;
    if (this.#isSkipping) {
      this.#isSkipping = false;
      this.#tooLong += 1;
      return undefined;
    }
    return rest === "" ? undefined : rest.replace(/\r$/, "");
  }

  #dropTaken(): void {
    if (this.#text.length - this.#position > LONGEST_LINE) {
      this.#isSkipping = true;
      this.#position = this.#text.length;
    }
    this.#base += this.#position;
    this.#text = this.#text.slice(this.#position);
    this.#position = 0;
  }
}

/** A line's bytes as the text that they are. */
export function utf8(line: string): string {
  return Buffer.from(line, "latin1").toString("utf8");
}

/** A text as a line holds it. */
export function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
