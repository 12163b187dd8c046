/**
 * faulty-sensor: a made-up sensor with faults. Without any it tells the truth.
 *
 * - `tellingAt` is what it says of an instant, `arrivalsAt` what comes of it at a place of its grid: late ones come
 *   with later ones, repeated ones twice. Both are pure: what comes in an hour is the same whether or not the hour
 *   before it was asked for. So the first rows of a stretch may be late ones of before.
 */
import { type EpochMicros, epochMicros, type Micros, micros } from "../../protocol/index.ts";
import { type SimulatedSensor, seedFor } from "../waveforms/index.ts";
import type { FaultWords, Scene, Telling } from "./fault.ts";
import { type Occasions, once, singly, stretches } from "./occasions.ts";
import { MOST_LATE } from "./out-of-order.ts";
import { beginOf, type PlannedFault, refuseStrangers } from "./settings.ts";

export interface FaultySensor {
  readonly sensor: SimulatedSensor;
  tellingAt(at: EpochMicros): Telling;
  /** What comes at a place of the grid, in its order; `at` is a multiple of the step away from the others asked for. */
  arrivalsAt(at: EpochMicros): readonly Telling[];
}

export interface Circumstances {
  readonly seed: number;
  /** The first reading, for faults that are counted from it. */
  readonly first: EpochMicros;
  readonly now: EpochMicros;
  /** Time between readings. */
  readonly step: Micros;
}

/** @throws Fault `unknown_channel`. */
export function faultySensor(sensor: SimulatedSensor, plan: readonly PlannedFault[], circumstances: Circumstances): FaultySensor {
  refuseStrangers(plan, sensor.profile);
  const effects = plan.map((fault, index) => fault.kind.create(fault.settings, sceneOf(sensor, fault, index, circumstances)));
  const longest = plan.some(({ kind }) => kind.name === "out_of_order") ? MOST_LATE : 0;

  const tellingAt = (at: EpochMicros): Telling => {
    const truth = sensor.valuesAt(at);
    const telling = { trueAt: at, truth, at, values: { ...truth }, isSilent: false, copies: 0, lateBy: 0, faults: [] };
    for (const effect of effects) effect(telling);
    return telling;
  };
  const recent = lastOnes(tellingAt, longest + 1);

  return {
    sensor,
    tellingAt,
    arrivalsAt(at) {
      const arrivals: Telling[] = [];
      for (let late = longest; late >= 0; late--) {
        const telling = longest === 0 ? tellingAt(at) : recent(epochMicros(at - late * circumstances.step));
        if (telling.lateBy !== late || telling.isSilent) continue;
        arrivals.push(telling);
        for (let copy = 0; copy < telling.copies; copy++) arrivals.push({ ...telling, faults: [...telling.faults, "duplicate"] });
      }
      return arrivals;
    },
  };
}

/** Computes each once while it is asked for again and again; forgets all but the last `count`. */
function lastOnes(tellingAt: (at: EpochMicros) => Telling, count: number): (at: EpochMicros) => Telling {
  const known = new Map<EpochMicros, Telling>();
  return (at) => {
    const found = known.get(at) ?? tellingAt(at);
    known.set(at, found);
    const [oldest] = known.keys();
    if (known.size > count && oldest !== undefined) known.delete(oldest);
    return found;
  };
}

function sceneOf(sensor: SimulatedSensor, fault: PlannedFault, index: number, circumstances: Circumstances): Scene {
  const { kind, settings } = fault;
  const { profile } = sensor;
  const seed = seedFor(circumstances.seed, `fault ${kind.name} ${index}`);
  const { channels: named } = settings;
  return {
    profile,
    channels: profile.channels.filter(({ name }) => named === undefined || named.includes(name)),
    seed,
    occasions: (channel) => occasionsOf(fault, seedFor(seed, `when ${channel ?? ""}`), circumstances),
    truthAt: (at) => sensor.valuesAt(at),
  };
}

/** When a planned fault happens. @param seed of its own. */
export function occasionsOf({ kind, settings }: PlannedFault<FaultWords>, seed: number, { first, now, step }: Circumstances): Occasions {
  const length = settings.for ?? kind.lasts;
  const begin = beginOf(settings, first, now);
  if (begin !== undefined) {
    const from = kind.lasts === undefined && settings.for === undefined ? Math.ceil((begin - first) / step) * step + first : begin;
    const occasion = { from: epochMicros(from), until: epochMicros(from + (length ?? micros(1))) };
    return once(seed, occasion, settings.rate);
  }
  const rate = settings.rate ?? 1;
  return length === undefined ? singly(seed, rate) : stretches(seed, rate, length);
}
