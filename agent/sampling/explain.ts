/**
 * explain: what each filter of a channel did with the last readings.
 *
 * The last few are always at hand: a reading and the outcomes that its filters gave anyway, so it costs a list of at
 * most `KEPT` entries a channel, and nothing is worked out before somebody asks.
 */
import { isoInstant, type Quality, type Reading } from "../../protocol/index.ts";
import type { Outcome } from "../filters/contract.ts";
import { isNumber, type RawReading } from "./raw-reading.ts";

const KEPT = 10;

/** A reading as the driver gave it, and what each filter made of it, in order; fewer where it ended before. */
interface Traced {
  reading: RawReading;
  /** Its instant is one of the wall clock, not yet of the time since boot. */
  isFinal: boolean;
  readonly outcomes: Trace;
}

/** "passed_by": a window waits for the clock. */
export type Trace = (Outcome | "passed_by")[];

export interface ExplainedStep {
  readonly filter: string;
  readonly outcome: "kept" | "changed" | "marked" | "dropped" | "held" | "passed_by";
  readonly value?: number;
  readonly quality?: Quality;
  /** Why it was dropped or marked. */
  readonly reason?: string;
  /** Windows that this reading closed. */
  readonly closed?: number;
}

export interface ExplainedReading {
  /** ISO; null while nobody vouches for the clock. */
  readonly at: string | null;
  /** A text where the driver gave the name of a state. */
  readonly value: number | string;
  readonly quality: Quality;
  readonly steps: readonly ExplainedStep[];
  /** As it is kept; null where it ended before, or waits in a window. */
  readonly kept: { readonly value: number; readonly quality: Quality } | null;
}

export class Traces {
  readonly #filters: readonly string[];
  /** The places are used again: at thousands of readings a second new ones would be a third of the garbage. */
  readonly #ring: Traced[] = [];
  #next = 0;

  /** @param filters their names, in order. */
  constructor(filters: readonly string[]) {
    this.#filters = filters;
  }

  /** Begins one; the outcomes are added to its list as they come. */
  begin(reading: RawReading, isFinal: boolean): Trace {
    const used = this.#ring[this.#next];
    const place = used ?? { reading, isFinal, outcomes: [] };
    if (used === undefined) this.#ring.push(place);
    place.reading = reading;
    place.isFinal = isFinal;
    place.outcomes.length = 0;
    this.#next = (this.#next + 1) % KEPT;
    return place.outcomes;
  }

  /** Oldest first. */
  explain(): readonly ExplainedReading[] {
    const oldestFirst = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
    return oldestFirst.map(({ reading, isFinal, outcomes }) => {
      const steps: ExplainedStep[] = [];
      let current = numberOf(reading);
      if (current === undefined && outcomes.length === 0) steps.push({ filter: "number", outcome: "dropped", reason: whyNone(reading) });
      for (const [index, outcome] of outcomes.entries()) {
        steps.push(stepOf(this.#filters[index] ?? "?", outcome, current));
        if (outcome !== "passed_by") current = "keep" in outcome ? outcome.keep : undefined;
      }
      const kept = current === undefined ? null : { value: current.value, quality: current.quality };
      return { at: isFinal ? isoInstant(reading.at) : null, value: reading.value, quality: reading.quality, steps, kept };
    });
  }
}

/** undefined where it is a text, or no finite number. */
function numberOf(reading: RawReading): Reading | undefined {
  return isNumber(reading) && Number.isFinite(reading.value) ? reading : undefined;
}

function whyNone({ value }: RawReading): string {
  return typeof value === "number" ? "not_finite" : "not_a_number";
}

function stepOf(filter: string, outcome: Outcome | "passed_by", before: Reading | undefined): ExplainedStep {
  if (outcome === "passed_by") return { filter, outcome };
  if ("drop" in outcome) return { filter, outcome: "dropped", reason: outcome.drop };
  if ("hold" in outcome) return { filter, outcome: "held", closed: outcome.hold.length };
  const { value, quality } = outcome.keep;
  if (outcome.mark !== undefined) return { filter, outcome: "marked", value, quality, reason: outcome.mark };
  return { filter, outcome: value === before?.value && quality === before.quality ? "kept" : "changed", value, quality };
}
