/**
 * simulated: a made-up sensor box (greenhouse, boiler, office, weather), for whoever has no hardware yet.
 *
 * - Its values are a pure function of seed and instant: two agents with one seed say the same, and a restart
 *   goes on where the curve is, not where it began.
 * - Polled, it shows what the time is now. With `replay` it gives a stretch of history instead, one sample a
 *   `step`, as fast as it is drawn or at a multiple of real time.
 * - `faults` makes it fail, as pure as the values. Asked, a sensor that says nothing is `no_answer`, asked again; one
 *   whose clock fails stamps its samples itself. What comes twice or late needs a replay.
 * - The cursor of a replay is the index of the next sample, committed with the samples: a kill repeats nothing
 *   and skips nothing. `now-7d` is resolved once, at the very first start. Another `from` or `step` in the
 *   config is another replay, which starts at its beginning.
 */
import { z } from "zod";
import {
  bug,
  duration,
  type EpochMicros,
  epochMicros,
  Fault,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  type Micros,
  micros,
  speed,
} from "../../protocol/index.ts";
import { type FaultMap, type FaultySensor, faultMap, faultySensor, planned, strangers } from "../../simulators/faults/index.ts";
import { PROFILE_NAMES, profileOf, type Start, simulatedSensor, start, startAt } from "../../simulators/waveforms/index.ts";
import type { Burst, Driver, DriverContext, DriverKind, PolledDriver, Sample, StreamDriver } from "./contract.ts";

interface ReplayConfig {
  readonly from: Start;
  readonly for: Micros;
  readonly step: Micros;
  /** Simulated time a unit of real time; Infinity = as fast as it is drawn. */
  readonly speed: number;
}

export interface SimulatedConfig {
  readonly profile: string;
  readonly seed: number;
  readonly faults?: FaultMap | undefined;
  readonly replay?: ReplayConfig | undefined;
}

/** Plain JSON: where the replay began, its grid, and the next sample. */
const CURSOR = z.strictObject({
  asked: z.string(),
  from: z.number().int(),
  step: z.number().int().positive(),
  next: z.number().int().nonnegative(),
});
type Cursor = z.infer<typeof CURSOR>;

const BURST_SAMPLES = 1_000;

/** At a set speed, samples are handed over about this often. */
const PACE = micros(MICROS_PER_SECOND / 4);

export const simulated: DriverKind<SimulatedConfig> = {
  name: "simulated",
  config: z
    .strictObject({
      profile: z.enum(PROFILE_NAMES),
      seed: z.number().int().default(1),
      faults: faultMap().optional(),
      replay: z
        .strictObject({ from: start(), for: duration(), step: duration(), speed: speed().default(Number.POSITIVE_INFINITY) })
        .optional(),
    })
    .check(({ value, issues }) => {
      for (const { path, message } of problemsOf(value)) issues.push({ code: "custom", path: [...path], input: value.faults, message });
    }),
  channels: ({ profile, replay }) =>
    profileOf(profile).channels.map(({ name, unit, kind }) => ({ name, unit, kind, ...(replay && { period: replay.step }) })),
  create: (config, context): Driver => (config.replay === undefined ? live(config, context) : new Replay(config, config.replay, context)),
};

/** Faults that this sensor cannot have. */
function problemsOf({ profile, faults = {}, replay }: SimulatedConfig): readonly { path: readonly string[]; message: string }[] {
  const plan = planned(faults);
  const channels = profileOf(profile).channels.map(({ name }) => name);
  const unknown = strangers(plan, profileOf(profile)).map(([fault]) => {
    return { path: ["faults", fault, "channels"], message: `expected channels of ${profile}: ${channels.join(", ")}` };
  });
  const told = plan.filter(({ kind }) => kind.of === "told" && replay === undefined);
  const untold = told.map(({ kind: { name } }) => {
    return { path: ["faults", name], message: "expected replay beside it, for a sensor that is asked answers once" };
  });
  const missed = plan.filter(
    ({ kind, settings }) => replay === undefined && settings.at !== undefined && (settings.for ?? kind.lasts) === undefined,
  );
  const unmet = missed.map(({ kind: { name } }) => {
    return { path: ["faults", name], message: "expected for beside at: a sensor is seldom asked at that very instant" };
  });
  return [...unknown, ...untold, ...unmet];
}

/** @param first of its readings, which are `step` apart. */
function sensorOf({ profile, seed, faults = {} }: SimulatedConfig, first: EpochMicros, step: Micros, now: EpochMicros): FaultySensor {
  return faultySensor(simulatedSensor(profileOf(profile), seed), planned(faults), { seed, first, now, step });
}

function live(config: SimulatedConfig, { sensor: name, wall }: DriverContext): PolledDriver {
  const hasClock = planned(config.faults ?? {}).some(({ kind }) => kind.isOfClock === true);
  const sensor = sensorOf(config, wall(), micros(1), wall());
  return {
    shape: "polled",
    bus: `simulated:${name}`,
    open: async () => {},
    async read() {
      const { at, values, isSilent, faults } = sensor.tellingAt(wall());
      if (isSilent)
        throw new Fault("no_answer", `${name}: expected an answer, got none (simulated: ${faults.join(", ")})`, { retry: true });
      return hasClock ? { at, values } : { values };
    },
    close: async () => {},
  };
}

class Replay implements StreamDriver {
  readonly shape = "stream";
  readonly pace = "drawn";
  readonly bus: string;
  readonly #simulated: SimulatedConfig;
  readonly #config: ReplayConfig;
  readonly #context: DriverContext;
  #sensor: FaultySensor | undefined;
  #cursor: Cursor | undefined;

  constructor(simulated: SimulatedConfig, config: ReplayConfig, context: DriverContext) {
    this.bus = `simulated:${context.sensor}`;
    this.#simulated = simulated;
    this.#config = config;
    this.#context = context;
  }

  async open(committed: unknown): Promise<void> {
    const { from, step } = this.#config;
    const asked = JSON.stringify(from);
    const before = committed === undefined ? undefined : this.#checked(committed);
    const isSame = before?.asked === asked && before.step === step;
    const now = this.#context.wall();
    this.#cursor = isSame ? before : { asked, from: startAt(from, now, step), step, next: 0 };
    this.#sensor = sensorOf(this.#simulated, epochMicros(this.#cursor.from), step, now);
  }

  async next(signal: AbortSignal): Promise<Burst | undefined> {
    const cursor = this.#cursor ?? bug("a replay was drawn from before it was opened");
    const count = Math.min(this.#burst(), Math.ceil(this.#config.for / cursor.step) - cursor.next);
    if (count <= 0) return undefined;
    await this.#keepPace(count, signal);
    const samples: Sample[] = [];
    let next = cursor.next;
    for (; next < cursor.next + count; next++) {
      const arrived = this.#samples(instantOf(cursor, next));
      if (samples.length + arrived.length > BURST_SAMPLES) break; // repeated ones, which come with the next burst
      samples.push(...arrived);
    }
    this.#cursor = { ...cursor, next };
    return { samples, cursor: this.#cursor };
  }

  async close(): Promise<void> {
    this.#cursor = undefined;
  }

  #samples(at: EpochMicros): readonly Sample[] {
    const sensor = this.#sensor ?? bug("a replay was drawn from before it was opened");
    return sensor.arrivalsAt(at).map(({ at, values }) => ({ at, values }));
  }

  /** Instants in one burst: as many as fall into one pace of real time, at least one. */
  #burst(): number {
    const { speed, step } = this.#config;
    return Math.min(BURST_SAMPLES, Math.max(1, Math.floor((PACE * speed) / step)));
  }

  async #keepPace(count: number, signal: AbortSignal): Promise<void> {
    const { speed, step } = this.#config;
    if (speed !== Number.POSITIVE_INFINITY) await this.#context.pause((count * step) / speed / MICROS_PER_MS, signal);
  }

  #checked(committed: unknown): Cursor {
    const cursor = CURSOR.safeParse(committed);
    if (cursor.success) return cursor.data;
    throw new Fault("bad_cursor", `${this.#context.sensor}: expected the cursor of a replay, got ${JSON.stringify(committed)}`, {
      hint: "this sensor had another driver before: give it a new name",
    });
  }
}

function instantOf({ from, step }: Cursor, index: number): EpochMicros {
  return epochMicros(from + index * step);
}
