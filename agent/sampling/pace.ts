/**
 * pace: when a polled sensor is read: on each turn of its grid, or on those that its cron line means.
 *
 * - A cron line means wall time. Where nobody vouches for the clock yet, what the machine believes is taken: the
 *   readings are stamped when the clock is known, like any other.
 * - The next turn is looked for anew every minute at least, so a clock that is set meanwhile is followed. A turn that
 *   a clock jumped over is not made up; one that passed while a read was under way counts as skipped.
 */
import { type Clock, type CronLine, type EpochMicros, epochMicros, MICROS_PER_MINUTE, type Micros, micros } from "../../protocol/index.ts";
import type { EventClock } from "../spool/journal.ts";
import type { SensorPlan } from "./plan.ts";
import { type Grid, turnAfter } from "./turns.ts";

export interface Turns {
  /** The grid on which every turn lies. */
  grid(): Grid;
  /** The first turn behind `instant` (monotonic); undefined where none comes. */
  next(instant: Micros): Micros | undefined;
  /** Turns behind `turn`, up to `now`. */
  passed(turn: Micros, now: Micros): number;
  /** For how long a turn is waited for before it is looked for again; undefined = it does not move. */
  readonly lookAgain: Micros | undefined;
}

/** A read that hangs for longer than so many turns hangs: nobody needs the number. */
const MOST_PASSED = 1_000;

/** @param every of the plan: there for each sensor that is polled. */
export function turnsOf({ cron, phase }: SensorPlan, every: Micros, eventClock: EventClock, clock: Clock): Turns {
  const grid = (): Grid => ({ every, phase, offset: eventClock.trustedOffset() ?? 0 });
  if (cron !== undefined) return cronTurns(cron, phase, every, eventClock, clock);
  return {
    grid,
    next: (instant) => turnAfter(instant, grid()),
    passed: (turn, now) => Math.floor((now - turn) / every),
    lookAgain: undefined,
  };
}

function cronTurns(cron: CronLine, phase: Micros, every: Micros, eventClock: EventClock, clock: Clock): Turns {
  const offset = () => eventClock.trustedOffset() ?? clock.wall() - clock.monotonic();
  let found: { readonly after: number; readonly time: EpochMicros | undefined } | undefined;
  /** Far times take long to find, and stay the next for long. */
  const nextTime = (after: EpochMicros) => {
    if (found === undefined || after < found.after || after >= (found.time ?? Infinity)) found = { after, time: cron.next(after) };
    return found.time;
  };
  const behind = (instant: number) => {
    const ahead = offset() - phase;
    const time = nextTime(epochMicros(Math.floor(instant + ahead)));
    return time === undefined ? undefined : micros(time - ahead);
  };
  return {
    grid: () => ({ every, phase, offset: offset() }),
    next: behind,
    passed(turn, now) {
      // Half a minute on: under a clock that moved by microseconds the same turn would be found again.
      let next = behind(turn + every / 2);
      let count = 0;
      while (next !== undefined && next <= now && count < MOST_PASSED) {
        count += 1;
        next = behind(next + every / 2);
      }
      return count;
    },
    lookAgain: micros(MICROS_PER_MINUTE),
  };
}
