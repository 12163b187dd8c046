/**
 * sampling: a sampler over drivers that a test scripts, a clock it moves and a journal that is a plain list.
 *
 * The journal keeps what a spool would: rows in order, and the last state as JSON, which a second sampler finds.
 */
import { z } from "zod";
import type { AgentConfig, ChannelConfig, SensorConfig } from "../../agent/config/config.ts";
import { FILTERS } from "../../agent/filters/registry.ts";
import { planSampling } from "../../agent/sampling/plan.ts";
import { createSampler, type Sampler } from "../../agent/sampling/sampler.ts";
import type { Driver, DriverContext, DriverKind, Sample } from "../../agent/sensors/contract.ts";
import type { Commit, EventClock, Journal, SamplerState, SensorTally } from "../../agent/spool/journal.ts";
import { epochMicros, imbalance, micros, type Totals } from "../../protocol/index.ts";
import { type ManualClock, manualClock, NEW_YEAR_2026 } from "./manual-clock.ts";
import { type QuietLog, quietLog } from "./quiet-log.ts";

export interface ListJournal extends Journal {
  readonly commits: Commit[];
  /** Of each commit the number of the catalog that was in force: 0, and one more at each exchange. */
  readonly catalogs: number[];
  /** Thrown where a catalog is to be kept while it is set. */
  catalogFault: Error | undefined;
  saved: SamplerState | undefined;
  /** Thrown by the next commits while it is set. */
  fault: Error | undefined;
  /** Set to hold streams back. */
  isReady: Promise<void>;
}

export function listJournal(saved?: SamplerState): ListJournal {
  let [added, catalog] = [0, 0];
  const journal: ListJournal = {
    saved,
    commits: [],
    catalogs: [],
    catalogFault: undefined,
    fault: undefined,
    isReady: Promise.resolve(),
    async commit(commit) {
      if (journal.fault !== undefined) throw journal.fault;
      journal.commits.push(commit);
      journal.catalogs.push(catalog);
      journal.saved = JSON.parse(JSON.stringify(commit.state));
    },
    async addCatalog() {
      if (journal.catalogFault !== undefined) throw journal.catalogFault;
      return ++added;
    },
    async switchCatalog(id) {
      catalog = id;
    },
    ready: () => journal.isReady,
  };
  return journal;
}

/** A driver that does what the test says. */
export function scripted(create: (context: DriverContext) => Driver, channels: readonly string[] = ["t"]): DriverKind {
  return {
    name: "scripted",
    config: z.unknown(),
    channels: () => channels.map((name) => ({ name, unit: "Cel", kind: "gauge" })),
    create: (_options, context) => create(context),
  };
}

export function polled(
  read: (signal: AbortSignal) => Promise<Sample>,
  bus: string,
  more: { open?(): Promise<void>; close?(): Promise<void> } = {},
): Driver {
  return { shape: "polled", bus, open: async () => {}, close: async () => {}, ...more, read };
}

/** @param filters as in the config: `[{ deadband: { width: 1 } }]` */
export function channel(name: string, filters: readonly Record<string, unknown>[] = []): ChannelConfig {
  const parsed = filters.flatMap((entry) =>
    Object.entries(entry).map(([kind, options]) => {
      const filter = FILTERS[kind] ?? fail(kind);
      return { kind: filter, options: filter.config.parse(options) as unknown };
    }),
  );
  return { name, unit: "Cel", kind: "gauge", filters: parsed };
}

export function sensor(name: string, driver: DriverKind, more: Partial<SensorConfig> = {}): SensorConfig {
  return { name, driver, options: {}, every: micros(1_000_000), stamp: "grid", channels: [channel("t")], ...more };
}

/** Half a second off the grid, so that n seconds are n turns of a sensor that is read every second. */
function betweenTurns(): ManualClock {
  return manualClock({ wall: epochMicros(NEW_YEAR_2026 + 500_000), monotonic: micros(7_500_000) });
}

export interface Bench {
  readonly sampler: Sampler;
  readonly journal: ListJournal;
  readonly time: ManualClock;
  readonly log: QuietLog;
  /** Change it to say whether the wall clock is trusted. */
  readonly eventClock: { offset: number | undefined };
  readonly phase: (sensor: string) => number;
}

/** @param root where drivers look for `/sys`. */
export function bench(
  sensors: readonly SensorConfig[],
  { journal = listJournal(), time = betweenTurns(), commitEvery = micros(1_000_000), root = "/" } = {},
): Bench {
  const log = quietLog();
  const eventClock = { offset: (time.clock.wall() - time.clock.monotonic()) as number | undefined };
  const trusted: EventClock = { trustedOffset: () => eventClock.offset };
  const random = { fraction: () => 0.5, bytes: (count: number) => new Uint8Array(count) }; // it only spreads back-offs
  const environment = { clock: time.clock, random, log };
  const plan = planSampling({ ...agentConfig(sensors), root });
  const sampler = createSampler({ plan, journal, eventClock: trusted, environment, commitEvery });
  const phase = (name: string) => plan.sensors.find((each) => each.name === name)?.phase ?? fail(name);
  return { sampler, journal, time, log, eventClock, phase };
}

export function agentConfig(sensors: readonly SensorConfig[]): AgentConfig {
  const spool = { path: "/none", maxSize: 1e9, keepFree: 0, whenFull: "drop_oldest", commitEvery: micros(1_000_000) } as const;
  const collector = { url: "mqtt://127.0.0.1:1883", host: "127.0.0.1", port: 1883 };
  const rest = { send: { every: micros(1), maxReadings: 1 }, clock: { trust: "auto" }, control: "/none", root: "/", prefix: "t" } as const;
  return { file: "agent.yaml", dropIns: [], agent: "greenhouse-1", collector, labels: {}, spool, ...rest, sensors };
}

/** Samples committed, as [instant, value] by `sensor/channel` number in the catalog. */
export function committed(journal: ListJournal, series = 0): readonly (readonly [at: number, value: number])[] {
  const frames = journal.commits.flatMap(({ frames }) => frames);
  return frames.flatMap(({ at, columns }) => {
    const column = columns.find((each) => each.series === series);
    if (column === undefined) return [];
    const instants = [...at].filter((_, index) => column.present[index] === 1);
    return instants.map((instant, index) => [instant, column.values[index] ?? Number.NaN] as const);
  });
}

/** The account of what was committed; `imbalance` of it must be 0. */
export function account({ commits, saved }: ListJournal): Totals {
  const samples = commits.flatMap(({ frames }) => frames.flatMap(({ columns }) => columns.map(({ values }) => values.length)));
  const summaries = commits.map((commit) => commit.summaries.length);
  const open = [...samples, ...summaries].reduce((sum, count) => sum + count, 0);
  const tallies = Object.values(saved?.tallies ?? {});
  const total = (part: (tally: SensorTally) => number) => tallies.reduce((sum, tally) => sum + part(tally), 0);
  const sum = (byReason: Record<string, number>) => Object.values(byReason).reduce((all, count) => all + count, 0);
  return {
    read: total(({ read }) => read),
    derived: total(({ derived }) => derived),
    filtered: total(({ filtered }) => sum(filtered)),
    inWindow: total(({ inWindow }) => inWindow),
    summarised: total(({ summarised }) => summarised),
    dropped: total(({ dropped }) => sum(dropped)),
    open,
    sealed: 0,
  };
}

export function isBalanced(journal: ListJournal): boolean {
  return imbalance(account(journal)) === 0;
}

function fail(what: string): never {
  throw new Error(`the test names ${what}, which is not there`);
}
