/**
 * fleet: many agents in one process: they come one after the other, send batches at their pace, and are waited for until
 * everything is acked.
 *
 * Each has its own moment inside the period, so that batches come evenly. Where the process cannot keep up, batches are
 * sealed late and none is left out.
 */
import { TrustedClock } from "../../agent/index.ts";
import {
  BUILD_DATE,
  type Clock,
  type EpochMicros,
  epochMicros,
  MICROS_PER_SECOND,
  type Micros,
  micros,
  type Random,
} from "../../protocol/index.ts";
import { SimulatedAgent } from "./simulated-agent.ts";
import { Tally } from "./tally.ts";

export interface FleetPlan {
  readonly url: string;
  readonly prefix: string;
  readonly agents: number;
  /** Agents are called `<name>-00001` and so on. */
  readonly name: string;
  readonly seed: number;
  readonly profile: string;
  /** Between two batches of an agent. */
  readonly every: Micros;
  /** Of each channel, in one batch. */
  readonly readings: number;
  /** Until the last agent is started. */
  readonly ramp: Micros;
  /** How long all of them send. */
  readonly for: Micros;
  readonly software: string;
}

/** A stretch in which not everybody was connected and answered in time. */
export interface Trouble {
  /** Seconds since the fleet began. */
  readonly from_s: number;
  readonly seconds: number;
}

/** How a fleet is doing. */
export interface FleetStatus {
  readonly phase: "ramp" | "send" | "drain";
  readonly at_s: number;
  readonly started: number;
  readonly connected: number;
  /** Agents that have sent nothing so far: those not started, and those whose first period is not over. */
  readonly silent: number;
  readonly sealed_batches: number;
  readonly acked_batches: number;
  /** Sealed and not acked, catalogs and gaps among them. */
  readonly waiting_batches: number;
  /** Everybody is connected, and nothing waits longer than a period, or five seconds. */
  readonly steady: boolean;
  readonly reconnects: number;
  readonly ack_p50_ms: number | null;
  readonly ack_p99_ms: number | null;
  readonly failures: Readonly<Record<string, number>>;
}

const LOOK_EVERY = micros(MICROS_PER_SECOND / 4);
/** An ack within this is in time, however short the period. */
const PROMPT = micros(5 * MICROS_PER_SECOND);
/** Less than this is one look at a moment between two packets. */
const SHORTEST_TROUBLE_S = 1;

export class Fleet {
  readonly agents: readonly SimulatedAgent[];
  readonly tally = new Tally();
  readonly troubles: Trouble[] = [];
  readonly #plan: FleetPlan;
  readonly #clock: Clock;
  /** Wall and monotonic clock when it began: a wall that is stepped moves no reading. */
  readonly #wall: EpochMicros;
  readonly #began: Micros;
  #started = 0;
  #phase: FleetStatus["phase"] = "ramp";
  #unsteadySince: number | undefined;

  constructor(plan: FleetPlan, clock: Clock, random: Random) {
    this.#plan = plan;
    this.#clock = clock;
    this.#wall = clock.wall();
    this.#began = clock.monotonic();
    const noSeal = epochMicros(0);
    const trustedClock = new TrustedClock(clock, { trust: "system", root: "/", builtAt: BUILD_DATE, newestSeal: noSeal });
    const making = { ...plan, clock, random, trustedClock, tally: this.tally };
    const digits = Math.max(5, String(plan.agents).length);
    this.agents = Array.from({ length: plan.agents }, (_, index) => {
      return new SimulatedAgent(`${plan.name}-${String(index + 1).padStart(digits, "0")}`, plan.seed * 1_000_003 + index, making);
    });
  }

  /** Instants of all readings lie from here ... */
  get from(): EpochMicros {
    return this.#wall;
  }

  /** ... to here, exclusive. */
  get to(): EpochMicros {
    return epochMicros(this.#now() + 1);
  }

  /**
   * Starts all, and lets them send. Resolves when everything is acked, or `patience` after the last batch.
   * @param signal ends the sending early; what was sealed is waited for all the same.
   * @param tell called about once a second.
   */
  async run(patience: Micros, signal: AbortSignal, tell: (status: FleetStatus) => void): Promise<void> {
    const { ramp, for: span } = this.#plan;
    await this.#until(micros(ramp + span), signal, tell, () => {
      this.#startSome();
      for (const agent of this.agents) while (agent.due !== undefined && agent.due <= this.#now()) agent.seal();
      if (this.#started === this.agents.length) this.#phase = "send";
      return false;
    });
    this.#phase = "drain";
    const giveUp = micros(this.#clock.monotonic() - this.#began + patience);
    await this.#until(giveUp, new AbortController().signal, tell, () => this.agents.every(({ waiting }) => waiting === 0));
    this.#noteEnd();
    tell(this.status());
  }

  status(): FleetStatus {
    const { sealedBatches, ackedBatches, greetings, acks, failures } = this.tally;
    const connected = this.agents.reduce((sum, agent) => sum + (agent.isOpen ? 1 : 0), 0);
    return {
      phase: this.#phase,
      at_s: this.#seconds(),
      started: this.#started,
      connected,
      silent: this.agents.reduce((sum, agent) => sum + (agent.sealed === 0 ? 1 : 0), 0),
      sealed_batches: sealedBatches,
      acked_batches: ackedBatches,
      waiting_batches: this.agents.reduce((sum, { waiting }) => sum + waiting, 0),
      steady: this.#isSteady(connected),
      reconnects: Math.max(0, greetings - this.#started),
      ack_p50_ms: acks.quantile(0.5),
      ack_p99_ms: acks.quantile(0.99),
      failures: Object.fromEntries(failures),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.agents.slice(0, this.#started).map((agent) => agent.stop()));
  }

  /** Does `work` again and again until so long after the beginning, the signal, or it says that it is done. */
  async #until(end: Micros, signal: AbortSignal, tell: (status: FleetStatus) => void, work: () => boolean): Promise<void> {
    let looked = this.#clock.monotonic();
    let told = looked;
    while (!signal.aborted && this.#clock.monotonic() - this.#began < end && !work()) {
      const now = this.#clock.monotonic();
      if (now - looked >= LOOK_EVERY) {
        looked = now;
        this.#noteTrouble();
      }
      if (now - told >= MICROS_PER_SECOND) {
        told = now;
        tell(this.status());
      }
      await this.#clock.sleep("fleet", PACE, signal).catch(() => undefined);
    }
  }

  /** Those that are due on the ramp, each at its own moment inside the period. */
  #startSome(): void {
    const { ramp, agents, every } = this.#plan;
    const passed = this.#clock.monotonic() - this.#began;
    const due = ramp === 0 ? agents : Math.min(agents, Math.ceil((agents * passed) / ramp));
    for (; this.#started < due; this.#started++) {
      const phase = Math.floor((this.#started / agents) * every);
      const periods = Math.ceil((this.#now() - phase) / every);
      this.agents[this.#started]?.start(epochMicros(periods * every + phase));
    }
  }

  #noteTrouble(): void {
    const connected = this.agents.reduce((sum, agent) => sum + (agent.isOpen ? 1 : 0), 0);
    const isSteady = this.#phase === "ramp" || this.#isSteady(connected);
    if (!isSteady) this.#unsteadySince ??= this.#seconds();
    else this.#noteEnd();
  }

  /** Of the present trouble. */
  #noteEnd(): void {
    const [from_s, now] = [this.#unsteadySince, this.#seconds()];
    if (from_s !== undefined && now - from_s >= SHORTEST_TROUBLE_S) this.troubles.push({ from_s, seconds: now - from_s });
    this.#unsteadySince = undefined;
  }

  #isSteady(connected: number): boolean {
    const oldest = this.#clock.monotonic() - Math.max(this.#plan.every, PROMPT);
    return connected === this.#plan.agents && this.agents.every(({ waitingSince }) => waitingSince === undefined || waitingSince > oldest);
  }

  #seconds(): number {
    return (this.#clock.monotonic() - this.#began) / MICROS_PER_SECOND;
  }

  /** The wall clock as if it had never been stepped since the beginning. */
  #now(): EpochMicros {
    return epochMicros(this.#wall + this.#clock.monotonic() - this.#began);
  }
}

/** Between two looks at what is due. */
const PACE = micros(20_000);
