/**
 * manual-clock: time that passes only when a test says so; a week takes a second.
 *
 * - `advance` moves wall and monotonic clock together and fires due timers in the order of their time (then of
 *   their making), each at its own instant. Between two timers everything that follows from promises settles.
 * - A timer set by a timer fires in the same `advance` where it is due.
 * - `setWall` steps the wall clock alone, as a time server or a person does.
 */
import { setImmediate as turn } from "node:timers/promises";
import { type Clock, type EpochMicros, epochMicros, type Micros, micros, sleepBy } from "../../protocol/index.ts";

interface Waiting {
  readonly name: string;
  readonly due: number;
  readonly run: () => void;
}

export interface ManualClock {
  readonly clock: Clock;
  /** Passes `span` microseconds. Resolves when nothing more follows from it without I/O. */
  advance(span: number): Promise<void>;
  setWall(at: EpochMicros): void;
  /** Names of the timers that wait, the next one first. */
  pending(): readonly string[];
}

/** 2026-01-01T00:00:00Z, a Thursday. */
export const NEW_YEAR_2026 = epochMicros(1_767_225_600_000_000);

export function manualClock(start: { wall?: EpochMicros; monotonic?: Micros } = {}): ManualClock {
  let monotonic: number = start.monotonic ?? 1_000_000;
  let offset = (start.wall ?? NEW_YEAR_2026) - monotonic;
  const waiting = new Set<Waiting>();
  const inOrder = () => [...waiting].sort((a, b) => a.due - b.due);

  const clock: Clock = {
    wall: () => epochMicros(monotonic + offset),
    monotonic: () => micros(monotonic),
    after(name, delay, run) {
      const timer = { name, due: monotonic + Math.max(0, delay), run };
      waiting.add(timer);
      return { cancel: () => void waiting.delete(timer) };
    },
    afterInput: () => turn(),
    sleep: (name, delay, signal) => sleepBy(clock, name, delay, signal),
  };

  return {
    clock,
    async advance(span) {
      const end = monotonic + span;
      await settle();
      for (let next = inOrder()[0]; next !== undefined && next.due <= end; next = inOrder()[0]) {
        waiting.delete(next);
        monotonic = Math.max(monotonic, next.due);
        next.run();
        await settle();
      }
      monotonic = end;
    },
    setWall(at) {
      offset = at - monotonic;
    },
    pending: () => inOrder().map(({ name }) => name),
  };
}

/** Two turns of the event loop: promises, and what they put on the loop's next turn, are done. */
async function settle(): Promise<void> {
  await turn();
  await turn();
}
