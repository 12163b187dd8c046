/**
 * simulated: a made-up sensor box (greenhouse, boiler, office), for whoever has no hardware yet.
 *
 * - Its values are a pure function of seed and instant: two agents with one seed say the same, and a restart
 *   goes on where the curve is, not where it began.
 * - Polled, it shows what the time is now. With `replay` it gives a stretch of history instead, one sample a
 *   `step`, as fast as it is drawn or at a multiple of real time.
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
import {
  PROFILE_NAMES,
  profileOf,
  type SimulatedSensor,
  type Start,
  simulatedSensor,
  start,
  startAt,
} from "../../simulators/waveforms/index.ts";
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
  config: z.strictObject({
    profile: z.enum(PROFILE_NAMES),
    seed: z.number().int().default(1),
    replay: z
      .strictObject({ from: start(), for: duration(), step: duration(), speed: speed().default(Number.POSITIVE_INFINITY) })
      .optional(),
  }),
  channels: ({ profile }) => profileOf(profile).channels.map(({ name, unit, kind }) => ({ name, unit, kind })),
  create({ profile, seed, replay }, context): Driver {
    const sensor = simulatedSensor(profileOf(profile), seed);
    return replay === undefined ? live(sensor, context) : new Replay(sensor, replay, context);
  },
};

function live(sensor: SimulatedSensor, { sensor: name, wall }: DriverContext): PolledDriver {
  return {
    shape: "polled",
    bus: `simulated:${name}`,
    open: async () => {},
    read: async () => ({ values: sensor.valuesAt(wall()) }),
    close: async () => {},
  };
}

class Replay implements StreamDriver {
  readonly shape = "stream";
  readonly bus: string;
  readonly #sensor: SimulatedSensor;
  readonly #config: ReplayConfig;
  readonly #context: DriverContext;
  #cursor: Cursor | undefined;

  constructor(sensor: SimulatedSensor, config: ReplayConfig, context: DriverContext) {
    this.bus = `simulated:${context.sensor}`;
    this.#sensor = sensor;
    this.#config = config;
    this.#context = context;
  }

  async open(committed: unknown): Promise<void> {
    const { from, step } = this.#config;
    const asked = JSON.stringify(from);
    const before = committed === undefined ? undefined : this.#checked(committed);
    const isSame = before?.asked === asked && before.step === step;
    this.#cursor = isSame ? before : { asked, from: startAt(from, this.#context.wall(), step), step, next: 0 };
  }

  async next(signal: AbortSignal): Promise<Burst | undefined> {
    const cursor = this.#cursor ?? bug("a replay was drawn from before it was opened");
    const count = Math.min(this.#burst(), Math.ceil(this.#config.for / cursor.step) - cursor.next);
    if (count <= 0) return undefined;
    await this.#keepPace(count, signal);
    const samples: Sample[] = [];
    for (let index = cursor.next; index < cursor.next + count; index++) samples.push(this.#sample(instantOf(cursor, index)));
    this.#cursor = { ...cursor, next: cursor.next + count };
    return { samples, cursor: this.#cursor };
  }

  async close(): Promise<void> {
    this.#cursor = undefined;
  }

  #sample(at: EpochMicros): Sample {
    return { at, values: this.#sensor.valuesAt(at) };
  }

  /** Samples in one burst: as many as fall into one pace of real time, at least one. */
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
