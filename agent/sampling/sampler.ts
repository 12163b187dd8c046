/**
 * sampler: reads all sensors, takes what they say through the filters, and commits it.
 *
 * - A hung sensor blocks only its bus, a broken one nothing but itself.
 * - What a kill costs is what was taken since the last commit: readings, counters, filter states and cursors ride
 *   in one, so a stream goes on behind its last committed row, neither repeating nor skipping any.
 * - A bug of ours is a rejection that nobody handles, and ends the process; a bug of a driver costs its sensor.
 * - Counters of sensors that left the config are kept: the account is for the life of a spool.
 */
import { bug, didYouMean, type Environment, epochMicros, Fault, MICROS_PER_MS, type Micros, micros } from "../../protocol/index.ts";
import type { Driver } from "../sensors/contract.ts";
import type { EventClock, Journal, SamplerState, SensorTally } from "../spool/journal.ts";
import { createBuses } from "./bus.ts";
import { SensorChannels, type SeriesExplanation } from "./channels.ts";
import { Commits } from "./commits.ts";
import { Crew, type CrewChange, type Member } from "./crew.ts";
import { LatestReadings } from "./derived.ts";
import { Pending, type ReadingsBySensor } from "./pending.ts";
import { type Plan, type SensorPlan, sealGrids } from "./plan.ts";
import { type RunnerContext, SensorRunner } from "./sensor-runner.ts";
import type { SensorStatus } from "./sensor-state.ts";
import { createShared, type Shared } from "./shared-by-key.ts";
import { continueTally, count } from "./tally.ts";
import { Threads } from "./threads.ts";

export interface SamplerOptions {
  readonly plan: Plan;
  readonly journal: Journal;
  readonly eventClock: EventClock;
  readonly environment: Environment;
  readonly commitEvery: Micros;
  /** How many calls of polled drivers may run at once; without it there is no bound. */
  readonly readThreads?: number | undefined;
}

export interface Sampler {
  start(): void;
  /** Ends reading, and resolves when all that was taken is committed. A call that hangs is not waited for. */
  stop(): Promise<void>;
  status(): readonly SensorStatus[];
  /** Why readings are dropped now, instead of committed; undefined where they are not. */
  readonly commitFault: Fault | undefined;
  /**
   * Puts another plan in force; sensors that stay the same go on without losing a reading.
   * @throws Fault `disk_full` where its catalog could not be kept: then nothing has changed.
   */
  replan(plan: Plan): Promise<CrewChange>;
  /** @param series `agent/sensor/channel`, or without the agent. @throws Fault `unknown_series` with the nearest. */
  explain(series: string): SeriesExplanation;
  /** Resolves when everything taken up to now is committed. */
  commit(): Promise<void>;
  /** Counters of all sensors as they are now, by sensor name. */
  tallies(): Readonly<Record<string, SensorTally>>;
  /**
   * Resolves when every stream is at its end and all of it is committed: at once after `start` where there is no
   * stream, never when one was stopped before its end.
   */
  readonly finished: Promise<void>;
}

/**
 * Makes a driver with its context: what it may know of the world.
 * @param shared what it has in common with the other sensors of this run; nothing where it is looked at alone.
 */
export function openDriver(
  plan: Plan,
  { name, driver, options }: SensorPlan,
  { clock, log }: Environment,
  shared: Shared = createShared(),
): Driver {
  return driver.create(options, {
    sensor: name,
    root: plan.root,
    shared,
    wall: () => clock.wall(),
    monotonic: () => clock.monotonic(),
    pause: (ms, signal) => clock.sleep(`pause ${name}`, micros(Math.round(ms * MICROS_PER_MS)), signal),
    log,
  });
}

export function createSampler(options: SamplerOptions): Sampler {
  return new CrewSampler(options);
}

class CrewSampler implements Sampler {
  readonly #options: SamplerOptions;
  readonly #stopping = new AbortController();
  readonly #finished = Promise.withResolvers<void>();
  readonly #pending = new Pending();
  readonly #commits: Commits;
  readonly #crew: Crew;
  readonly #latest: LatestReadings;
  /** What was there before the sensors of now: at the start, and at each exchange. */
  #saved: SamplerState | undefined;
  #absent: Record<string, SensorTally>;
  #wasTrusted = false;

  constructor(options: SamplerOptions) {
    const { plan, journal, eventClock, environment, commitEvery, readThreads = Infinity } = options;
    const { clock, random, log } = environment;
    this.#options = options;
    this.#saved = journal.saved;
    this.#latest = new LatestReadings(journal.saved?.filters[DERIVE_INPUTS]);
    this.#absent = absentTallies(plan, journal.saved);
    this.#commits = new Commits({
      journal,
      pending: this.#pending,
      log,
      every: commitEvery,
      after: (delay, run) => clock.after("commit", delay, run),
      closeWindows: () => this.#closeWindows(),
      state: () => this.#state(),
      drop: (readings, reason) => this.#drop(readings, reason),
    });
    const threads = new Threads(readThreads, clock);
    const parts = { clock, random, log, journal, eventClock, commits: this.#commits, threads };
    const shared = createShared();
    const busOf = createBuses();
    this.#crew = new Crew(plan, journal.saved, (sensor, plan, saved) => {
      const own = new AbortController();
      const driver = openDriver(plan, sensor, environment, shared);
      const channels = new SensorChannels(sensor, this.#pending, this.#latest, eventClock, saved);
      const context: RunnerContext = { ...parts, signal: AbortSignal.any([this.#stopping.signal, own.signal]) };
      const runner = new SensorRunner(channels, driver, busOf(driver.bus), saved?.cursors[sensor.name] ?? undefined, context);
      return { runner, own, running: Promise.resolve() };
    });
  }

  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  start(): void {
    this.#commits.start();
    this.#run(this.#crew.members);
  }

  async stop(): Promise<void> {
    this.#commits.stop();
    this.#stopping.abort(new Error("the sampler stops"));
    await Promise.all(this.#crew.members.map(({ running }) => running));
    await this.#commits.flush();
  }

  async replan(next: Plan): Promise<CrewChange> {
    const { journal } = this.#options;
    const change = this.#crew.compare(next);
    const catalog = await journal.addCatalog(next.catalog, sealGrids(next));
    await this.#crew.dismiss(change);
    let switched = Promise.resolve();
    let members: readonly Member[] = [];
    await this.#commits.exchange(() => {
      switched = journal.switchCatalog(catalog);
      this.#saved = JSON.parse(JSON.stringify(this.#state())) as SamplerState; // as a restart would find it
      members = this.#crew.exchange(next, change, this.#saved);
      this.#absent = absentTallies(next, this.#saved);
    });
    this.#run(members);
    await switched;
    return change;
  }

  explain(series: string): SeriesExplanation {
    const [channel, sensor] = series.split("/").reverse();
    const found = this.#crew.runners.find(({ channels }) => channels.plan.name === sensor)?.channels.explain(channel ?? "");
    if (found !== undefined && `/${found.series}`.endsWith(`/${series}`)) return found;
    const ids = this.#crew.runners.flatMap(({ channels }) => channels.plan.channels.map(({ id }) => id));
    throw new Fault(
      "unknown_series",
      `expected a series of this agent, got ${JSON.stringify(series.slice(0, 80))}${didYouMean(series, ids)}`,
      {
        hint: `there is ${ids.slice(0, 10).join(", ")}${ids.length > 10 ? " ..." : ""}`,
      },
    );
  }

  commit(): Promise<void> {
    return this.#commits.flush();
  }

  get commitFault(): Fault | undefined {
    return this.#commits.fault;
  }

  status(): readonly SensorStatus[] {
    return this.#crew.runners.map(statusOf);
  }

  tallies(): Record<string, SensorTally> {
    const present = this.#crew.runners.map(({ channels }) => [channels.plan.name, channels.count()]);
    return { ...structuredClone(this.#absent), ...Object.fromEntries(present) };
  }

  #run(members: readonly Member[]): void {
    for (const member of members) {
      member.running = member.runner.run();
      void member.running.then(() => this.#checkFinished());
    }
    this.#checkFinished();
  }

  #checkFinished(): void {
    const streams = this.#crew.runners.filter(({ driver }) => driver.shape === "stream");
    if (streams.every(({ state }) => state.activity === "ended")) this.#finished.resolve(this.#commits.flush());
  }

  #state(): SamplerState {
    return { tallies: this.tallies(), ...keptBy(this.#crew.runners, this.#latest, this.#saved) };
  }

  /** A sensor may have left the config while its last readings were on their way. */
  #drop(readings: ReadingsBySensor, reason: string): void {
    const present = new Map(this.#crew.runners.map(({ channels }) => [channels.plan.name, channels.tally]));
    for (const [name, amount] of readings) {
      const tally = present.get(name) ?? this.#absent[name] ?? bug(`readings of ${name}, which has no account`);
      count(tally.dropped, reason, amount);
    }
  }

  #closeWindows(): void {
    const { eventClock, environment } = this.#options;
    const offset = eventClock.trustedOffset();
    closeWindows(this.#crew.runners, environment.clock.monotonic(), offset, this.#wasTrusted);
    this.#wasTrusted = offset !== undefined;
  }
}

export type { SeriesExplanation } from "./channels.ts";

/**
 * Windows close by the clock, but for streams that bring instants of their own: those close by their rows, for replays are
 * never on time. What a stream hands over late only opens a partial window, which adds up.
 */
function closeWindows(runners: readonly SensorRunner[], now: Micros, offset: number | undefined, wasTrusted: boolean): void {
  for (const { driver, channels, turn } of runners) {
    if (driver.shape === "stream" && !channels.isStampedHere) continue;
    if (offset !== undefined) channels.flush(epochMicros(Math.min(now, turn ?? Infinity) + offset));
    else if (wasTrusted) channels.flush(); // what follows will have no event time, so nothing will close these
  }
}

/** Where what was read of the inputs of derived channels is kept, beside the filters; no channel's key has a blank. */
const DERIVE_INPUTS = "derive inputs";

function keptBy(
  runners: readonly SensorRunner[],
  latest: LatestReadings,
  saved: SamplerState | undefined,
): Pick<SamplerState, "filters" | "cursors"> {
  const filters: Record<string, readonly unknown[]> = {};
  const cursors: Record<string, unknown> = { ...saved?.cursors };
  for (const { channels, cursor } of runners) {
    channels.saveFilters(filters);
    if (cursor !== undefined) cursors[channels.plan.name] = cursor;
  }
  const inputs = latest.save();
  if (inputs.length > 0) filters[DERIVE_INPUTS] = inputs;
  return { filters, cursors };
}

function statusOf({ channels, driver, state }: SensorRunner): SensorStatus {
  const { fault, activity, lastSampleAt, busySince, dueAt } = state;
  const shown = fault === undefined ? undefined : { code: fault.code, message: fault.message, hint: fault.hint };
  const { name, driver: kind } = channels.plan;
  const [tally, channelStatus] = [channels.count(), channels.status()];
  return {
    name,
    driver: kind.name,
    bus: driver.bus,
    activity,
    fault: shown,
    lastSampleAt,
    busySince,
    dueAt,
    tally,
    channels: channelStatus,
  };
}

/** Tallies of sensors that are in the spool and no longer in the config; what their windows held is gone. */
function absentTallies(plan: Plan, saved: SamplerState | undefined): Record<string, SensorTally> {
  const names = new Set(plan.sensors.map(({ name }) => name));
  const absent: Record<string, SensorTally> = {};
  for (const [name, old] of Object.entries(saved?.tallies ?? {})) {
    if (names.has(name)) continue;
    const tally = continueTally(old);
    count(tally.dropped, "config_changed", tally.inWindow);
    absent[name] = { ...tally, inWindow: 0 };
  }
  return absent;
}
