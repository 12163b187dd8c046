/**
 * latencies: how long things took, in little memory however many there are: a count for each step of one percent.
 */

const STEP = Math.log(1.01);
/** 0.01 ms to about 13 hours. */
const LEAST_MS = 0.01;
const STEPS = 2_200;

export class Latencies {
  readonly #counts = new Uint32Array(STEPS);
  #count = 0;

  add(ms: number): void {
    const step = Math.ceil(Math.log(Math.max(ms, LEAST_MS) / LEAST_MS) / STEP);
    const place = Math.min(step, STEPS - 1);
    this.#counts[place] = (this.#counts[place] as number) + 1;
    this.#count += 1;
  }

  /** Milliseconds that this share of them did not exceed, to one percent; null before the first. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    let step = 0;
    while (step < STEPS - 1) {
      seen += this.#counts[step] as number;
      if (seen >= rank) break;
      step += 1;
    }
    return LEAST_MS * Math.exp(step * STEP);
  }
}
