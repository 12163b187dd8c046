/**
 * direction: the mean of angles (wind, tilt), row by row: 350° and 10° make 0°, not 180°.
 *
 * It is the angle of the sum of unit vectors (Mardia and Jupp, Directional Statistics, 2000, 2.2), by samples and
 * weighted by the time each was held. It is unknown where directions cancel each other, and where a device has put
 * them into summaries, whose sums say nothing about directions.
 */
import { maxHold, type SeriesInfo } from "../rollup/series.ts";
import type { HeldValue, Span } from "../stores/contract.ts";
import { spanOf } from "./periods.ts";
import { busyHours, eventsOf, type ReadingStore, readingsIn } from "./readings.ts";

export interface Direction {
  readonly avgSamples: number | null;
  readonly avgTime: number | null;
}

/** Below this length of the mean vector it points nowhere: the vectors cancelled, and what is left is rounding. */
const NOWHERE = 1e-9;
const UNKNOWN: Direction = { avgSamples: null, avgTime: null };

/** @param rows one at least, following one another. @returns one a row. Unit `rad`, else degrees; from 0 up to a full turn. */
export async function directionsOf(store: ReadingStore, { number, spec }: SeriesInfo, rows: readonly Span[]): Promise<Direction[]> {
  const hold = maxHold(spec);
  const turn = spec.unit === "rad" ? 2 * Math.PI : 360;
  const span = spanOf(rows);
  const busy = await busyHours(store, number, span);
  let held = hold === 0 ? undefined : carried(await store.lastBefore(number, span.from, hold));
  const directions: Direction[] = [];
  for (const { from, to } of rows) {
    const [bySamples, byTime] = [new VectorSum(turn), new VectorSum(turn)];
    let isKnown = true;
    const holdUntil = (until: number) => {
      if (held !== undefined) byTime.add(held.value, Math.min(until, held.at + hold) - Math.max(held.at, from));
    };
    for await (const hour of readingsIn(store, number, { from, to }, busy)) {
      isKnown &&= hour !== undefined;
      for (const event of hour === undefined ? [] : eventsOf(hour)) {
        isKnown &&= event.window === undefined;
        holdUntil(event.at);
        bySamples.add(event.value, 1);
        held = event.window === undefined ? event : undefined;
      }
    }
    holdUntil(to);
    directions.push(!isKnown ? UNKNOWN : { avgSamples: bySamples.direction(), avgTime: byTime.direction() });
  }
  return directions;
}

function carried(held: HeldValue | undefined): { readonly at: number; readonly value: number } | undefined {
  return held?.summary === false ? held : undefined;
}

class VectorSum {
  readonly #turn: number;
  #x = 0;
  #y = 0;
  #weight = 0;

  constructor(turn: number) {
    this.#turn = turn;
  }

  add(angle: number, weight: number): void {
    if (weight <= 0) return;
    const radians = ((angle % this.#turn) / this.#turn) * 2 * Math.PI;
    this.#x += weight * Math.cos(radians);
    this.#y += weight * Math.sin(radians);
    this.#weight += weight;
  }

  direction(): number | null {
    if (this.#weight === 0 || Math.hypot(this.#x, this.#y) / this.#weight < NOWHERE) return null;
    const share = Math.atan2(this.#y, this.#x) / (2 * Math.PI);
    const angle = (share < 0 ? share + 1 : share) * this.#turn;
    return angle >= this.#turn ? 0 : angle;
  }
}
