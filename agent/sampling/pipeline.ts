/**
 * pipeline: the filters of one channel in order, and the account of every reading that goes through.
 *
 * - A reading ends as exactly one of: kept (returned), filtered, held in a window, dropped as `not_finite`, or as
 *   `not_a_number` where it came as text and no filter takes texts.
 * - While an instant is not final (boot time under an untrusted clock) a filter that summarises is passed by:
 *   windows are event time, and the spool makes them when it seals.
 * - The state of a filter is taken up again only under the very options it was saved with. One that goes by spans begins
 *   anew where its instants were not final yet: another boot counts from another beginning.
 */
import { bug, type EpochMicros, type Reading, type Summary } from "../../protocol/index.ts";
import type { Filter, PlacedFilter } from "../filters/contract.ts";
import { LONGEST_STATE } from "../sensors/contract.ts";
import type { SensorTally } from "../spool/journal.ts";
import { type ExplainedReading, type Trace, Traces } from "./explain.ts";
import type { ChannelPlan } from "./plan.ts";
import { isNumber, type RawReading } from "./raw-reading.ts";
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
  /** The reading of the last `take`, as other channels are derived from it; undefined where it had ended before. */
  readonly tapped: Reading | undefined;
  /** The reading as it is kept, or undefined where it ended otherwise. */
  take(reading: RawReading, isFinal: boolean): Reading | undefined;
  /** The clock that stamps the readings was set by so many microseconds. */
  shift(by: number): void;
  /** Closes windows that ended at or before `until`. */
  flush(until: EpochMicros): void;
  /** Readings in open windows. */
  held(): number;
  /** @param isFinal instants are those of the wall clock by now. */
  save(isFinal: boolean): readonly unknown[];
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

  const { tapAt } = channel;
  let tapped: Reading | undefined;
  const [first] = channel.filters;
  const states = first?.kind.states?.(first.options);
  const traces = new Traces(channel.filters.map(({ kind }) => kind.name));

  function release(summaries: readonly Summary[]): void {
    for (const summary of summaries) {
      tally.derived += 1;
      tally.summarised += summary.n;
      emit(summary);
    }
  }

  /** The number that a text stands for, or undefined where it ends here. */
  function named(text: string): number | undefined {
    if (states === undefined || text.length > LONGEST_STATE) return void count(tally.dropped, "not_a_number");
    const value = states(text);
    if (value === undefined) count(tally.filtered, "unknown_state");
    return value;
  }

  function run(reading: Reading, from: number, isFinal: boolean, trace: Trace): Reading | undefined {
    if (!Number.isFinite(reading.value)) return void count(tally.dropped, "not_finite");
    let current = reading;
    for (let index = from; index < stages.length; index += 1) {
      if (index === tapAt) tapped = current;
      const { filter, summarises } = stages[index] as Stage;
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
    if (tapAt === stages.length) tapped = current;
    return Number.isFinite(current.value) ? current : bug(`${channel.id}: a filter made ${current.value} of ${reading.value}`);
  }

  return {
    get tapped() {
      return tapped;
    },
    take(reading, isFinal) {
      tapped = undefined;
      if (channel.derived === undefined) tally.read += 1;
      else tally.derived += 1;
      const trace = traces.begin(reading, isFinal);
      if (isNumber(reading)) return run(reading, 0, isFinal, trace);
      const value = named(String(reading.value));
      if (states !== undefined) trace.push(value === undefined ? { drop: "unknown_state" } : { keep: { ...reading, value } });
      return value === undefined ? undefined : run({ ...reading, value }, 1, isFinal, trace);
    },
    shift(by) {
      for (const { filter } of stages) filter.shift?.(by);
    },
    flush(until) {
      for (const { filter } of stages) release(filter.flush?.(until) ?? []);
    },
    held: () => stages.reduce((sum, { filter }) => sum + (filter.held?.() ?? 0), 0),
    explain: () => traces.explain(),
    save: (isFinal) => stages.map((stage) => saveStage(stage, isFinal)),
  };
}

function saveStage({ filter, mark }: Stage, isFinal: boolean): SavedStage {
  const isOfThisBoot = filter.shift !== undefined && !isFinal;
  return { mark, state: isOfThisBoot ? undefined : filter.save?.() };
}

function openStage(channel: ChannelPlan, placed: PlacedFilter, saved: SavedStage | null | undefined): Stage {
  const { kind, options, sampling, measure } = placed;
  const filter = kind.create(options, { series: channel.id, sampling, measure });
  const isOtherMeasure = measure.unit !== channel.measure.unit || measure.kind !== channel.measure.kind;
  const mark = stableHash(JSON.stringify([kind.name, options, sampling, ...(isOtherMeasure ? [measure] : [])]));
  if (saved?.mark === mark && saved.state !== undefined && saved.state !== null) filter.restore?.(saved.state);
  return { filter, summarises: kind.summarises !== undefined, mark };
}
