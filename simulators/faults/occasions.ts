/**
 * occasions: when a fault happens, asked for any instant in any order.
 *
 * By rate, the rate is the share of all readings that are concerned, whatever the fault: with one that lasts, time is
 * cut into slots of length / rate and each has one occasion, somewhere in it. By script, an occasion is what was
 * written. Ends are exclusive.
 */
import { type EpochMicros, epochMicros, type Micros } from "../../protocol/index.ts";
import { uniform } from "../waveforms/index.ts";

export interface Occasion {
  readonly from: EpochMicros;
  readonly until: EpochMicros;
}

export interface Occasions {
  /** The one that holds this instant. */
  at(instant: EpochMicros): Occasion | undefined;
  /** The last one that was over by then. */
  before(instant: EpochMicros): Occasion | undefined;
}

/** Single instants, each by itself. */
export function singly(seed: number, rate: number): Occasions {
  return {
    at: (instant) => (uniform(seed, instant) < rate ? { from: instant, until: epochMicros(instant + 1) } : undefined),
    before: () => undefined,
  };
}

/** Stretches of one length. */
export function stretches(seed: number, rate: number, length: Micros): Occasions {
  const slot = Math.round(length / rate);
  const ofSlot = (index: number): Occasion => {
    const from = index * slot + Math.floor(uniform(seed, index) * (slot - length + 1));
    return { from: epochMicros(from), until: epochMicros(from + length) };
  };
  return {
    at(instant) {
      const occasion = ofSlot(Math.floor(instant / slot));
      return instant >= occasion.from && instant < occasion.until ? occasion : undefined;
    },
    before(instant) {
      const index = Math.floor(instant / slot);
      const occasion = ofSlot(index);
      return occasion.until <= instant ? occasion : ofSlot(index - 1);
    },
  };
}

/** One that was written down; with `rate` only so many of its readings are concerned. */
export function once(seed: number, occasion: Occasion, rate: number | undefined): Occasions {
  const isInside = (instant: EpochMicros) => instant >= occasion.from && instant < occasion.until;
  return {
    at: (instant) => (isInside(instant) && (rate === undefined || uniform(seed, instant) < rate) ? occasion : undefined),
    before: (instant) => (occasion.until <= instant ? occasion : undefined),
  };
}
