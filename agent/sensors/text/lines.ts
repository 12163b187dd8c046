/**
 * lines: what comes in pieces, as whole lines: LF, CRLF and CR end one, mixed as they may be; empty ones are left out.
 *
 * A line of more than LONGEST_LINE characters is passed over to its end and counted: a device that sends no line
 * end must not fill the memory. Bytes that are no UTF-8 become a sign that is part of no number.
 */
const LONGEST_LINE = 4_096;

export class Lines {
  readonly #decoder = new TextDecoder("utf-8", { fatal: false }); // takes the mark in front (BOM) away
  readonly #tooLong: () => void;
  #rest = "";
  #isSkipping = false;

  constructor(tooLong: () => void) {
    this.#tooLong = tooLong;
  }

  /** The lines that a piece ends. */
  take(piece: Uint8Array): readonly string[] {
    const parts = (this.#rest + this.#decoder.decode(piece, { stream: true })).split(/[\r\n]/);
    this.#rest = parts.pop() ?? "";
    const lines = parts.filter((part) => this.#isWhole(part));
    if (this.#rest.length > LONGEST_LINE) {
      this.#rest = "";
      this.#isSkipping = true;
    }
    return lines;
  }

  #isWhole(part: string): boolean {
    const isTooLong = this.#isSkipping || part.length > LONGEST_LINE;
    this.#isSkipping = false;
    if (isTooLong) this.#tooLong();
    return !isTooLong && part.trim() !== "";
  }
}
