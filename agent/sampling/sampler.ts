/**
 * sampler: reads all sensors, takes what they say through the filters, and commits it.
 *
 * - A hung sensor blocks only its bus, a broken one nothing but itself.
 * - What a kill costs is what was taken since the last commit: readings, counters, filter states and cursors ride
 *   in one, so a stream goes on behind its last committed row, neither repeating nor skipping any.
 * - A bug of ours is a rejection that nobody handles, and ends the process; a bug of a driver costs its sensor.
 * - Counters of sensors that left the config are kept: the account is for the life of a spool.
 */
import { type Environment, epochMicros, MICROS_PER_MS, type Micros, micros } from "../../protocol/index.ts";
import type { Driver } from "../sensors/contract.ts";
import type { EventClock, Journal, SamplerState, SensorTally } from "../spool/journal.ts";
import { createBuses } from "./bus.ts";
import { SensorChannels } from "./channels.ts";
import { Commits } from "./commits.ts";
import { LatestReadings } from "./derived.ts";
import { Pending, type ReadingsBySensor } from "./pending.ts";
import type { Plan, SensorPlan } from "./plan.ts";
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

export function createSampler({ plan, journal, eventClock, environment, commitEvery, readThreads = Infinity }: SamplerOptions): Sampler {
  const { clock, random, log } = environment;
  const { saved } = journal;
  const stopping = new AbortController();
  const finished = Promise.withResolvers<void>();
  const pending = new Pending();
  const latest = new LatestReadings(saved?.filters[DERIVE_INPUTS]);
  const absent = absentTallies(plan, saved);
  let wasTrusted = false;
  let running: readonly Promise<void>[] = [];

  const commits = new Commits({
    journal,
    pending,
    log,
    every: commitEvery,
    after: (delay, run) => clock.after("commit", delay, run),
    closeWindows() {
      const offset = eventClock.trustedOffset();
      closeWindows(runners, clock.monotonic(), offset, wasTrusted);
      wasTrusted = offset !== undefined;
    },
    state: () => ({ tallies: tallies(), ...keptBy(runners, latest, saved) }),
    drop,
  });
  const threads = new Threads(readThreads, clock);
  const context: RunnerContext = { clock, random, log, journal, eventClock, commits, threads, signal: stopping.signal };
  const busOf = createBuses();
  const shared = createShared();
  const runners = plan.sensors.map((sensor) => {
    const driver = openDriver(plan, sensor, environment, shared);
    const channels = new SensorChannels(sensor, pending, latest, eventClock, saved);
    return new SensorRunner(channels, driver, busOf(driver.bus), saved?.cursors[sensor.name] ?? undefined, context);
  });

  function tallies(): Record<string, SensorTally> {
    return { ...structuredClone(absent), ...Object.fromEntries(runners.map(({ channels }) => [channels.plan.name, channels.count()])) };
  }

  function drop(readings: ReadingsBySensor, reason: string): void {
    for (const { channels } of runners) count(channels.tally.dropped, reason, readings.get(channels.plan.name) ?? 0);
  }

  return {
    finished: finished.promise,
    start() {
      commits.start();
      running = runners.map((runner) => runner.run());
      finished.resolve(allEnded(runners, running).then(() => commits.flush()));
    },
    async stop() {
      commits.stop();
      stopping.abort(new Error("the sampler stops"));
      await Promise.all(running);
      await commits.flush();
    },
    commit: () => commits.flush(),
    status: () => runners.map(statusOf),
    tallies,
  };
}

/** Windows of live sensors close by the clock; those of streams by their own rows, for replays are never on time. */
function closeWindows(runners: readonly SensorRunner[], now: Micros, offset: number | undefined, wasTrusted: boolean): void {
  for (const { driver, channels, turn } of runners) {
    if (driver.shape === "stream") continue;
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

async function allEnded(runners: readonly SensorRunner[], running: readonly Promise<void>[]): Promise<void> {
  const isStream = (index: number) => runners[index]?.driver.shape === "stream";
  await Promise.all(running.filter((_, index) => isStream(index)));
  const isStopped = runners.some(({ state }, index) => isStream(index) && state.activity !== "ended");
  if (isStopped) await new Promise<never>(() => {});
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
