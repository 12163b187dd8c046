/**
 * repeats: sees to it that two rows never share an instant, by moving the k-th row of one instant by k microseconds.
 *
 * It remembers the last MEMORY instants given out, so it holds for repeats that stand near each other, as they do
 * where a logger writes twice a second with a clock of seconds. The memory rides in the cursor: a kill changes nothing.
 */
const MEMORY = 16;

export class Repeats {
  readonly #recent: number[];

  constructor(recent: readonly number[]) {
    this.#recent = [...recent];
  }

  /** The instants given out last, oldest first: plain data for a cursor. */
  get recent(): readonly number[] {
    return [...this.#recent];
  }

  get last(): number | undefined {
    return this.#recent.at(-1);
  }

  /** The first free instant at or after `at`; taken from now on. */
  number(at: number): number {
    let free = at;
    while (this.#recent.includes(free)) free += 1;
    this.keep(free);
    return free;
  }

  /** Remembers an instant as it is. */
  keep(at: number): void {
    this.#recent.push(at);
    if (this.#recent.length > MEMORY) this.#recent.shift();
  }
}
