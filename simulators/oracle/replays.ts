/**
 * replays: what is due, from the config of an agent: the sensors with `profile: numbered` and a `replay`.
 *
 * The rest of the config is none of the oracle's business and is not checked.
 */
import { z } from "zod";
import { duration, epochMicros, Fault, loadConfig, type Micros, name, type Variables } from "../../protocol/index.ts";
import { NUMBER_STEP, numberOf, type Start, start, startAt } from "../waveforms/index.ts";
import type { DueAgent, DueSeries } from "./due.ts";

const replay = z.looseObject({ from: start(), for: duration(), step: duration() });

const sensor = z.looseObject({
  name: z.string(),
  driver: z.string(),
  profile: z.string().optional(),
  seed: z.int().default(1),
  replay: replay.optional(),
});

const config = z.looseObject({ agent: name(), sensors: z.array(sensor) });

/** @throws Fault `nothing_numbered`, `start_not_fixed`, `step_too_fine`, and those of `loadConfig`. */
export async function dueOf(file: string, env: Variables): Promise<DueAgent> {
  const { agent, sensors } = await loadConfig(file, config, env);
  const series = sensors.flatMap(({ name, driver, profile, seed, replay }) => {
    if (driver !== "simulated" || profile !== "numbered" || replay === undefined) return [];
    return [seriesOf(`${agent}/${name}/number`, seed, { from: fixed(file, name, replay.from), for: replay.for, step: replay.step }, file)];
  });
  if (series.length === 0) {
    throw new Fault("nothing_numbered", `${file}: expected a sensor with numbered readings, got none`, {
      hint: "give it one: driver: simulated, profile: numbered, replay: { from: 2026-11-01T00:00:00Z, for: 1d, step: 1s }",
    });
  }
  return { agent, series, isAlone: series.length === sensors.length };
}

/** @throws Fault `step_too_fine`. */
function seriesOf(series: string, seed: number, replay: { from: Start; for: Micros; step: Micros }, file: string): DueSeries {
  const { from, for: span, step } = replay;
  if (step % NUMBER_STEP !== 0) {
    throw new Fault("step_too_fine", `${file}: expected the step of ${series} to be a multiple of 10ms, got ${step} us`, {
      hint: "readings that are closer together share a number",
    });
  }
  const first = startAt(from, epochMicros(0), step);
  const valueAt = numberOf(seed);
  const count = Math.ceil(span / step);
  return {
    series,
    count,
    indexOf(value, at) {
      const index = (at - first) / step;
      return Number.isInteger(index) && index >= 0 && index < count && valueAt(at) === value ? index : undefined;
    },
  };
}

/** What began "7 days ago" began when the agent first started: only its spool knows. */
function fixed(file: string, sensor: string, from: Start): Start {
  if (!("ago" in from)) return from;
  throw new Fault("start_not_fixed", `${file}: expected the replay of ${sensor} to begin at an instant, got one that counts from now`, {
    hint: "write it as from: 2026-11-01T00:00:00Z, so that an outside judge knows what is due",
  });
}
