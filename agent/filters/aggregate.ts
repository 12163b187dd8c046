/**
 * aggregate: puts the readings of a window into one summary (count, min, max, sum, first, last).
 *
 * - Windows tumble in event time; `every` divides 15 minutes, so none crosses a quarter hour of UTC.
 * - Bad readings pass as they are: they are in no sum, and stay to be seen.
 * - Two summaries of one channel never share their `at`, the instant of their first reading: it only grows.
 *   A reading older than the last one, yet newer than the window's first, closes the window and opens a partial
 *   one, for partial summaries of one window add up. One that is older still (a clock set back, files out of
 *   order) passes as it is: a sample is as exact as a summary, it only costs more.
 * - A number beyond 1e290 passes too: the sums of a window would be more than a double holds.
 */
import { z } from "zod";
import {
  addToWindow,
  closeWindow,
  duration,
  type EpochMicros,
  type Micros,
  type OpenWindow,
  openWindow,
  QUARTER,
  type Reading,
  type SeriesId,
  type Summary,
} from "../../protocol/index.ts";
import { type Filter, type FilterKind, holdOf, type Measure, type Outcome, type Refusal } from "./contract.ts";

interface AggregateConfig {
  readonly every: Micros;
}

interface State {
  readonly window: OpenWindow | undefined;
  /** The `at` of the newest window there was. */
  readonly newest: EpochMicros | undefined;
}

export const aggregate: FilterKind<AggregateConfig> = {
  name: "aggregate",
  config: z.strictObject({
    every: duration().refine((every) => QUARTER % every === 0, {
      message: "expected a span that divides 15m, such as 10s, 1m, 5m or 15m",
    }),
  }),

  measure: (_config, before): Measure | Refusal =>
    before.kind === "angle"
      ? { refuse: "a window cannot sum up an angle: between 359 and 1 lies 0, and not 180; to send less, throttle it" }
      : before,
  sampling: ({ every }, before) => ({ ...before, period: every }),
  summarises: ({ every }) => every,
  create: ({ every }, { series, sampling }) => aggregator(series, every, holdOf(sampling)),
};

/** Times the microseconds of a quarter of an hour, and times as many readings, this is still a finite number. */
const LARGEST = 1e290;

function aggregator(series: SeriesId, every: Micros, hold: Micros): Filter {
  let { window, newest }: State = { window: undefined, newest: undefined };

  function close(): Summary[] {
    if (window === undefined) return [];
    const summary = closeWindow(series, window, hold);
    window = undefined;
    return [summary];
  }

  return {
    apply(reading: Reading): Outcome {
      if (reading.quality === "bad") return { keep: reading };
      if (Math.abs(reading.value) > LARGEST) return { keep: reading, mark: "too_large" };
      if (newest !== undefined && reading.at <= newest && reading.at !== window?.lastAt)
        return { keep: reading, mark: "older_than_window" };
      if (window !== undefined && reading.at >= window.lastAt && reading.at < window.end) {
        addToWindow(window, reading, hold);
        return { hold: [] };
      }
      const closed = close();
      window = openWindow(reading, every);
      newest = reading.at;
      return { hold: closed };
    },
    flush: (until) => (window !== undefined && window.end <= until ? close() : []),
    held: () => window?.n ?? 0,
    save: (): State => ({ window: window === undefined ? undefined : { ...window }, newest }),
    restore(state) {
      const saved = state as State;
      window = saved.window === undefined ? undefined : { ...saved.window }; // it is filled on; what was saved stays
      newest = saved.newest;
    },
  };
}
