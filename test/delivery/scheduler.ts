/**
 * scheduler: virtual time. Tasks run in the order of their time, then of their making, one after the other; nothing
 * else happens, so a seed repeats a run to the last byte. A binary heap, for a run has tens of thousands of tasks.
 */
interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class Scheduler {
  /** Milliseconds since the run began. */
  now = 0;
  #made = 0;
  readonly #heap: Task[] = [];

  after(delay: number, run: () => void): void {
    this.#heap.push({ at: this.now + delay, order: this.#made++, run });
    this.#rise(this.#heap.length - 1);
  }

  /** Runs what is due up to `end`, and what follows from it. */
  runUntil(end: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#removeFirst();
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  #removeFirst(): void {
    const last = this.#heap.pop() as Task;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(index: number): void {
    for (let child = index; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#swapUnlessOrdered(parent, child)) return;
      child = parent;
    }
  }

  #sink(): void {
    for (let parent = 0; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      if (left >= this.#heap.length) return;
      const child = right < this.#heap.length && isBefore(this.#heap[right] as Task, this.#heap[left] as Task) ? right : left;
      if (!this.#swapUnlessOrdered(parent, child)) return;
      parent = child;
    }
  }

  #swapUnlessOrdered(parent: number, child: number): boolean {
    const [above, below] = [this.#heap[parent] as Task, this.#heap[child] as Task];
    if (!isBefore(below, above)) return false;
    this.#heap[parent] = below;
    this.#heap[child] = above;
    return true;
  }
}

function isBefore(one: Task, other: Task): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
