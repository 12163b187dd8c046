/**
 * eventually: asks another process again and again until its answer is the one that is waited for.
 *
 * There is no event to wait for behind a process border. Fails with the last answer, so that a wait in vain says
 * what came instead. A fault of the question (nobody answers yet) counts as "not yet".
 */
import { setTimeout as pause } from "node:timers/promises";
import { isFault } from "../../protocol/index.ts";

const PAUSE_MS = 50;

export async function eventually<T>(ask: () => T | Promise<T>, isIt: (answer: T) => boolean, limitMs = 60_000): Promise<T> {
  const end = performance.now() + limitMs;
  let last: unknown = "nothing";
  while (performance.now() < end) {
    try {
      const answer = await ask();
      if (isIt(answer)) return answer;
      last = answer;
    } catch (error) {
      if (!isFault(error)) throw error;
      last = error.message;
    }
    await pause(PAUSE_MS);
  }
  throw new Error(`waited ${limitMs} ms in vain for ${isIt}; the last answer was ${JSON.stringify(last, undefined, 2)}`);
}
