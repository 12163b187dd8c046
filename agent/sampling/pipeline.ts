/**
 * pipeline: the filters of one channel in order, and the account of every reading that goes through.
 *
 * - A reading ends as exactly one of: kept (returned), filtered, held in a window, dropped as `not_finite`.
 * - While an instant is not final (boot time under an untrusted clock) a filter that summarises is passed by:
 *   windows are event time, and the spool makes them when it seals.
 * - The state of a filter is taken up again only under the very options it was saved with.
 */
import { bug, type EpochMicros, type Reading, type Summary } from "../../protocol/index.ts";
import type { Filter } from "../filters/contract.ts";
import type { SensorTally } from "../spool/journal.ts";
import { type ExplainedReading, Traces } from "./explain.ts";
import type { ChannelPlan, FilterPlan } from "./plan.ts";
import { stableHash } from "./stable-hash.ts";
import { count } from "./tally.ts";

interface Stage {
  readonly filter: Filter;
  readonly summarises: boolean;
  /** Tells the options of now from those of a saved state. */
  readonly mark: number;
}

/** As saved: undefined where the filter keeps nothing. */
interface SavedStage {
  readonly mark: number;
  readonly state?: unknown;
}

export interface Pipeline {
  /** The reading as it is kept, or undefined where it ended otherwise. */
  take(reading: Reading, isFinal: boolean): Reading | undefined;
  /** Closes windows that ended at or before `until`. */
  flush(until: EpochMicros): void;
  /** Readings in open windows. */
  held(): number;
  save(): readonly unknown[];
  /** What became of the last readings, oldest first. */
  explain(): readonly ExplainedReading[];
}

/** @param emit takes the summaries of windows that closed. */
export function createPipeline(
  channel: ChannelPlan,
  tally: SensorTally,
  emit: (summary: Summary) => void,
  saved: readonly unknown[] | undefined,
): Pipeline {
  const stages = channel.filters.map((plan, index) => openStage(channel, plan, saved?.[index] as SavedStage | null | undefined));

  const traces = new Traces(channel.filters.map(({ kind }) => kind.name));

  function release(summaries: readonly Summary[]): void {
    for (const summary of summaries) {
      tally.derived += 1;
      tally.summarised += summary.n;
      emit(summary);
    }
  }

  return {
    take(reading, isFinal) {
      tally.read += 1;
      const trace = traces.begin(reading, isFinal);
      if (!Number.isFinite(reading.value)) return void count(tally.dropped, "not_finite");
      let current = reading;
      for (const { filter, summarises } of stages) {
        if (summarises && !isFinal) {
          trace.push("passed_by");
          continue;
        }
        const outcome = filter.apply(current);
        trace.push(outcome);
        if ("drop" in outcome) return void count(tally.filtered, outcome.drop);
        if ("hold" in outcome) return release(outcome.hold) as undefined;
        if (outcome.mark !== undefined) count(tally.marked, outcome.mark);
        current = outcome.keep;
      }
      return Number.isFinite(current.value) ? current : bug(`${channel.id}: a filter made ${current.value} of ${reading.value}`);
    },
    flush(until) {
      for (const { filter } of stages) release(filter.flush?.(until) ?? []);
    },
    held: () => stages.reduce((sum, { filter }) => sum + (filter.held?.() ?? 0), 0),
    explain: () => traces.explain(),
    save: () => stages.map(({ filter, mark }): SavedStage => ({ mark, state: filter.save?.() })),
  };
}

function openStage(channel: ChannelPlan, { kind, options, before }: FilterPlan, saved: SavedStage | null | undefined): Stage {
  const filter = kind.create(options, { series: channel.id, sampling: before });
  const mark = stableHash(JSON.stringify([kind.name, options, before]));
  if (saved?.mark === mark && saved.state !== undefined && saved.state !== null) filter.restore?.(saved.state);
  return { filter, summarises: kind.summarises !== undefined, mark };
}
