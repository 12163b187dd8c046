/**
 * repeats: sees to it that two rows never share an instant, by moving the k-th row of one instant by k microseconds.
 *
 * It remembers the last MEMORY instants of rows, each with how far its numbers have come: however many rows share one
 * (a logger with a clock of minutes), and where rows of a few instants take turns. The memory rides in the cursor: a
 * kill changes nothing.
 */
const MEMORY = 16;

/** The instants from the first one up to the one behind the last are given out. */
type Taken = readonly [first: number, behind: number];

/** Plain data for a cursor; a single number, as older versions wrote it, is one instant. */
export type Memory = readonly (number | Taken)[];

export class Repeats {
  /** In the order of their last use. */
  readonly #taken: Taken[];
  /** No instant from here on was ever given out: in a file in order of time nothing has to be looked for. */
  #end: number;

  constructor(memory: Memory) {
    this.#taken = memory.map((each) => (typeof each === "number" ? [each, each + 1] : each));
    this.#end = Math.max(-Infinity, ...this.#taken.map(([, behind]) => behind));
  }

  /** Oldest use first. */
  get memory(): Memory {
    return [...this.#taken];
  }

  /** The instant given out last. */
  get last(): number | undefined {
    const behind = this.#taken.at(-1)?.[1];
    return behind === undefined ? undefined : behind - 1;
  }

  /** The first free instant at or after `at`; taken from now on. */
  number(at: number): number {
    const index = this.#holding(at);
    if (index < 0) {
      this.keep(at);
      return at;
    }
    const [[first, behind]] = this.#taken.splice(index, 1) as [Taken];
    const free = this.#firstFree(behind);
    this.#remember([first, free + 1]);
    return free;
  }

  /** Remembers an instant as it is. */
  keep(at: number): void {
    this.#remember([at, at + 1]);
  }

  #firstFree(from: number): number {
    const index = this.#holding(from);
    return index < 0 ? from : this.#firstFree(this.#taken[index]?.[1] as number);
  }

  #holding(at: number): number {
    if (at >= this.#end) return -1;
    return this.#taken.findIndex(([first, behind]) => first <= at && at < behind);
  }

  #remember(taken: Taken): void {
    this.#taken.push(taken);
    this.#end = Math.max(this.#end, taken[1]);
    if (this.#taken.length > MEMORY) this.#taken.shift();
  }
}
