/**
 * simulated-agent: one agent of a fleet: a made-up sensor, a spool in memory, and the uplink of a real agent.
 *
 * Its readings are numbered: number n of each channel was measured at a known instant, and its value is a pure function
 * of that instant. So what a collector stores can be computed again, without keeping it.
 */
import { SendGate, type TrustedClock, Uplink } from "../../agent/index.ts";
import {
  type Catalog,
  type Clock,
  type EpochMicros,
  encodeDataBody,
  epochMicros,
  type Micros,
  micros,
  NO_TOTALS,
  type Random,
} from "../../protocol/index.ts";
import { profileOf } from "../waveforms/index.ts";
import { MemorySpool } from "./memory-spool.ts";
import type { Tally } from "./tally.ts";

/** The sensor that every agent of a fleet has. */
const SENSOR = "box";

export interface AgentMaking {
  readonly url: string;
  readonly prefix: string;
  readonly profile: string;
  /** Between two batches of an agent. */
  readonly every: Micros;
  /** Of each channel, in one batch. */
  readonly readings: number;
  readonly software: string;
  readonly clock: Clock;
  readonly random: Random;
  /** The same for all: one machine has one clock. */
  readonly trustedClock: TrustedClock;
  readonly tally: Tally;
}

export class SimulatedAgent {
  readonly name: string;
  readonly #making: AgentMaking;
  readonly #waveforms: readonly ((at: EpochMicros) => number)[];
  readonly #spool: MemorySpool;
  readonly #uplink: Uplink;
  /** Of its reading number 0; undefined before it was started. */
  #start: EpochMicros | undefined;
  #batches = 0;

  constructor(name: string, seed: number, making: AgentMaking) {
    const { url, prefix, software, clock, random, trustedClock, tally } = making;
    this.name = name;
    this.#making = making;
    this.#waveforms = profileOf(making.profile).channels.map(({ waveform }) => waveform(seed));
    this.#spool = new MemorySpool({
      catalog: catalogOf(making),
      clock,
      random,
      onAcked: (sentAt) => tally.acked(sentAt, clock.monotonic()),
    });
    this.#uplink = new Uplink({
      url,
      prefix,
      agent: name,
      software,
      spool: this.#spool,
      clock,
      random,
      log: tally.log,
      trustedClock,
      gate: new SendGate(undefined, clock),
      labels: {},
      onAcked: () => undefined,
      onGreeted: () => {
        tally.greetings += 1;
      },
    });
  }

  /** Its first reading is of this instant. It connects, and goes on trying. */
  start(at: EpochMicros): void {
    this.#start = at;
    this.#uplink.start();
  }

  /** When the next batch is to be sealed; undefined before the start. */
  get due(): EpochMicros | undefined {
    return this.#start === undefined ? undefined : epochMicros(this.#start + (this.#batches + 1) * this.#making.every);
  }

  /** Measures and seals one batch. */
  seal(): void {
    const { readings, tally } = this.#making;
    const first = this.#batches * readings;
    this.#batches += 1;
    const at = Float64Array.from({ length: readings }, (_, index) => this.instantOf(first + index));
    const columns = this.#waveforms.map((waveform, series) => ({
      series,
      present: undefined,
      values: at.map((instant) => waveform(epochMicros(instant))),
      quality: undefined,
    }));
    const count = readings * columns.length;
    const sealed = count * this.#batches;
    const body = encodeDataBody({ totals: { ...NO_TOTALS, read: sealed, sealed }, frames: [{ form: "samples", at, columns }] });
    const batch = this.#spool.sealData(count, body);
    tally.sealedBatches += 1;
    tally.sealedReadings += count;
    this.#uplink.sealed([batch]);
  }

  /** Connected, greeted and answered. */
  get isOpen(): boolean {
    return this.#uplink.status().phase === "open";
  }

  /** Batches that are sealed and not acked. */
  get waiting(): number {
    return this.#start === undefined ? 0 : this.#spool.waiting;
  }

  /** Monotonic; undefined where nothing waits. */
  get waitingSince(): Micros | undefined {
    return this.#spool.waitingSince;
  }

  /** Readings of each channel that were sealed. */
  get sealed(): number {
    return this.#batches * this.#making.readings;
  }

  /** When the reading with this number was measured. */
  instantOf(number: number): EpochMicros {
    const { every, readings } = this.#making;
    const batch = Math.floor(number / readings);
    return epochMicros((this.#start ?? 0) + batch * every + (number % readings) * stepOf(this.#making));
  }

  /** What a channel, by its place in the profile, showed then. */
  valueOf(channel: number, at: EpochMicros): number {
    return this.#waveforms[channel]?.(at) ?? Number.NaN;
  }

  stop(): Promise<void> {
    return this.#uplink.stop();
  }
}

function stepOf({ every, readings }: Pick<AgentMaking, "every" | "readings">): Micros {
  return micros(Math.floor(every / readings));
}

function catalogOf(making: AgentMaking): Catalog {
  return profileOf(making.profile).channels.map(({ name, unit, kind }) => ({
    sensor: SENSOR,
    channel: name,
    unit,
    kind,
    sampling: "periodic",
    period: stepOf(making),
    heartbeat: micros(0),
    calibration: 0,
  }));
}
