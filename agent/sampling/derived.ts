/**
 * derived: the readings of derived channels, and the newest readings of the channels they are made of.
 *
 * - A derived channel has a reading at each instant of its own sensor at which one of its inputs there has one (at each
 *   instant, where all its inputs are another sensor's).
 * - An input is taken behind the filters that change or judge it, and before the first one that thins it out.
 * - Its instant may differ by `max_age`, to either side: sensors are read one after the other. Instants under a clock that
 *   is trusted and such from before are far apart, so just then a reading may be missing, and is counted.
 * - The quality is the worst of the inputs'.
 * - What is remembered of other sensors is saved, so that a stream makes the same readings with a kill in it.
 */
import { type EpochMicros, type Micros, QUALITIES, type Quality, type Reading } from "../../protocol/index.ts";

export interface DerivedPlan {
  /** By input: a number, or a channel as `sensor/channel`. */
  readonly inputs: readonly (number | string)[];
  readonly maxAge: readonly Micros[];
  /** Those of the sensor that the channel belongs to. */
  readonly own: readonly string[];
  readonly compute: (values: readonly number[]) => number;
}

export type Derivation =
  | { readonly value: number; readonly quality: Quality }
  /** Another input came, and this one did not. */
  | "input_missing"
  /** This instant is none of the channel's. */
  | "not_now";

/** The newest reading of each channel from which others are derived. */
export class LatestReadings {
  readonly #byChannel = new Map<string, Reading>();
  /** Not yet final, so of no use after a restart. */
  readonly #passing = new Set<string>();

  constructor(saved: readonly unknown[] | undefined) {
    for (const [channel, reading] of (saved ?? []) as readonly [string, Reading][]) this.#byChannel.set(channel, reading);
  }

  note(channel: string, reading: Reading, isFinal: boolean): void {
    this.#byChannel.set(channel, reading);
    if (isFinal) this.#passing.delete(channel);
    else this.#passing.add(channel);
  }

  of(channel: string): Reading | undefined {
    return this.#byChannel.get(channel);
  }

  save(): readonly unknown[] {
    return [...this.#byChannel].filter(([channel]) => !this.#passing.has(channel));
  }
}

/** What the channel says at this instant. */
export function derive({ inputs, maxAge, own, compute }: DerivedPlan, at: EpochMicros, latest: LatestReadings): Derivation {
  if (own.length > 0 && !own.some((channel) => latest.of(channel)?.at === at)) return "not_now";
  const values: number[] = [];
  let worst = 0;
  for (const [index, input] of inputs.entries()) {
    if (typeof input === "number") {
      values.push(input);
      continue;
    }
    const found = latest.of(input);
    if (found === undefined || Math.abs(at - found.at) > (maxAge[index] ?? 0)) return "input_missing";
    values.push(found.value);
    worst = Math.max(worst, QUALITIES.indexOf(found.quality));
  }
  return { value: compute(values), quality: QUALITIES[worst] ?? "bad" };
}

/** Names a channel for `LatestReadings`. */
export function channelKey(sensor: string, channel: string): string {
  return `${sensor}/${channel}`;
}
