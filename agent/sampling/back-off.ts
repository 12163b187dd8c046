/**
 * back-off: how long to wait before a sensor that failed is opened again: full jitter, 1 to 60 seconds.
 *
 * The wait is drawn evenly from 1 s up to a bound that doubles with each failure (Brooker, "Exponential Backoff
 * And Jitter", 2015), so that a hundred sensors behind one dead bus do not come back in step.
 */
import { MICROS_PER_SECOND, type Micros, micros, type Random } from "../../protocol/index.ts";

const LONGEST_SECONDS = 60;

/** @param failures in a row, 1 after the first. */
export function backOff(failures: number, random: Random): Micros {
  const bound = Math.min(LONGEST_SECONDS, 2 ** Math.min(failures, 10));
  return micros(Math.round((1 + random.fraction() * (bound - 1)) * MICROS_PER_SECOND));
}
