/**
 * eventually: asks, mostly another process, again and again until its answer is the one that is waited for.
 *
 * There is no event to wait for behind a process border. Fails with the last answer, so that a wait in vain says
 * what came instead. A fault of the question (nobody answers yet) counts as "not yet".
 */
import { setTimeout as pause } from "node:timers/promises";
import { isFault } from "../../protocol/index.ts";

const PAUSE_MS = 50;
const LIMIT_MS = 60_000;

export async function eventually<T>(ask: () => T | Promise<T>, isIt: (answer: T) => boolean, pauseMs = PAUSE_MS): Promise<T> {
  const end = performance.now() + LIMIT_MS;
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
    await pause(pauseMs);
  }
  throw new Error(`waited ${LIMIT_MS} ms in vain for ${isIt}; the last answer was ${JSON.stringify(last, undefined, 2)}`);
}
