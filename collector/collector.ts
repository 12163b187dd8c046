/**
 * collector: the parts put together: broker -> ingest -> journal -> loader -> store -> report -> HTTP.
 *
 * `startCollector` returns when everything listens; `stop` commits what is under way and closes in the order of
 * the stream. What was acked is on disk whatever happens to this process.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import {
  BUILD_DATE,
  type CollectorStatus,
  clockEvidence,
  type Environment,
  encodeCollectorStatus,
  Fault,
  isFault,
  type Pulse,
  QUARTER,
  rememberFaults,
  seriesMatcher,
} from "../protocol/index.ts";
import { answeringAt, type CollectorAbout, troubleOf } from "./about.ts";
import { type Access, openAccess } from "./access/access.ts";
import type { Broker } from "./broker/contract.ts";
import { createBroker } from "./broker/registry.ts";
import type { CollectorConfig } from "./config/config.ts";
import { createHttp } from "./http/http.ts";
import { LiveFeed } from "./http/live-feed.ts";
import { isLoopbackHost } from "./http/networks.ts";
import { tellingStore } from "./http/telling-store.ts";
import { accountOf } from "./ingest/account.ts";
import { agentsOf } from "./ingest/agents.ts";
import { Catalogs, type RangeOf } from "./ingest/catalogs.ts";
import { lockData } from "./ingest/data-lock.ts";
import { Ingest } from "./ingest/ingest.ts";
import { Journal } from "./ingest/journal.ts";
import { Loader } from "./ingest/loader.ts";
import { roomChecker } from "./ingest/room.ts";
import { openDatabase } from "./ingest/schema.ts";
import { pulseOf } from "./pulse.ts";
import type { ReportSource } from "./report/source.ts";
import { Runs } from "./schedule/runs.ts";
import { Scheduler } from "./schedule/scheduler.ts";
import type { Store } from "./stores/contract.ts";
import { STORES } from "./stores/registry.ts";

/** The one file of the embedded store: journal, ledger, samples and buckets. */
const DATA_FILE = "collector.db";
const LOCK_FILE = "collector.lock";
/** The web page, as it is built. */
const PAGE = join(import.meta.dirname, "console/dist");
const EVIDENCE_EVERY = 1_000_000;

export interface CollectorOptions {
  readonly config: CollectorConfig;
  readonly environment: Environment;
  /** `/`, or another tree in which a real clock is looked for. */
  readonly root: string;
  /** A part came to an end that must not: the process cannot go on. */
  readonly onBug: (error: unknown) => void;
}

export interface RunningCollector {
  readonly mqttUrl: string;
  readonly httpUrl: string;
  readonly collectorId: string;
  /** Makes the first admin token, to be shown once and never logged; undefined where one was made before, or only this machine may ask. */
  readonly firstAdminToken: (() => string) | undefined;
  /** For the watchdog. */
  pulse(): Promise<Pulse>;
  stop(): Promise<void>;
}

/** @throws Fault `port_in_use`, `already_running`, `data_unwritable`, `journal_newer` ... */
export async function startCollector({ config, environment: plain, root, onBug }: CollectorOptions): Promise<RunningCollector> {
  const { clock, random } = plain;
  const log = rememberFaults(plain.log, clock);
  const environment: Environment = { clock, random, log };
  const file = dataFile(config);
  const closing: (() => Promise<void> | void)[] = [];
  try {
    const lock = inFolder(config.data, () => lockData(join(config.data, LOCK_FILE)));
    closing.unshift(() => lock.release());
    const db = inFolder(config.data, () => openDatabase(file, false));
    const journal = new Journal(db, random);
    closing.unshift(() => journal.close());
    const store = STORES[config.store.kind]?.({ file, access: "write" }) as Store;
    await store.open();
    closing.unshift(() => store.close());
    const catalogs = new Catalogs(journal, rangeOf(config));
    const live = new LiveFeed({ series: () => journal.series.list(), clock, random });
    const loader = new Loader({ journal, store: tellingStore(store, (hours) => live.stored(hours)), catalogs, clock, log, onBug });
    await loader.open();
    closing.unshift(() => loader.close());
    const isClockTrusted = clockJudge(environment, root, journal.newestReceivedAt());
    const { collector, generation } = journal;
    const { broker, online } = brokerOf(config, environment, { collector, generation });
    const hasRoom = roomChecker(environment, config.data, journal);
    const ingest = new Ingest({ journal, catalogs, loader, broker, clock, random, log, isClockTrusted, hasRoom });
    let httpUrl = "";
    const status = (): CollectorAbout => ({
      collector,
      generation,
      mqtt: broker.url,
      mqtt_trouble: troubleOf(broker),
      http: answeringAt(httpUrl, config.http),
      connected: [...broker.connected].sort(),
      clock_trusted: isClockTrusted(),
      refused: Object.fromEntries(ingest.refusals),
      quarantine: journal.quarantine.counts(),
      reports: scheduler.status(),
      waiting_bytes: journal.waitingBytes(),
      recent_faults: log.recent(),
    });
    const source = reportSource(journal, store, loader, config, environment);
    const scheduler = openScheduler(db, source, store, { config, environment, root, onBug }, isClockTrusted);
    const access = openAccess(db, environment);
    const account = () => loader.drained().then(() => accountOf(db));
    const agents = () => agentsOf(db, broker.connected);
    const http = createHttp({ source, log, clock, status, account, agents, devices: ingest.greeter, live, page: PAGE, ...access });
    await http.listenControl(config.control);
    closing.unshift(() => http.close());
    await broker.open(ingest);
    closing.unshift(async () => {
      await broker.close();
      await ingest.settled();
    });
    httpUrl = await http.listen(config.listen.http, config.http);
    broker.publishStatus(online);
    loader.wake();
    closing.unshift(() => scheduler.stop());
    scheduler.start();
    const stop = () => closeAll(closing);
    const pulse = () => pulseOf(journal, store, broker.connected);
    return { mqttUrl: broker.url, httpUrl, collectorId: collector, firstAdminToken: firstAdminToken(config, access), pulse, stop };
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

/** Not open yet, and the word that tells others of this collector. */
function brokerOf(
  { broker: place, prefix }: CollectorConfig,
  environment: Environment,
  who: Omit<CollectorStatus, "online">,
): { broker: Broker; online: Uint8Array } {
  const farewell = encodeCollectorStatus({ online: false, ...who });
  const broker = createBroker(place, { prefix, environment, collector: who.collector, farewell });
  return { broker, online: encodeCollectorStatus({ online: true, ...who }) };
}

function openScheduler(
  db: Database,
  source: ReportSource,
  store: Store,
  { config, environment, onBug }: CollectorOptions,
  isClockTrusted: () => boolean,
): Scheduler {
  const { lastBefore } = source.store; // waits for what is on its way into the store
  const pendingAgents = () => new Set(accountOf(db).flatMap(({ agent, pendingBatches }) => (pendingBatches > 0 ? [agent] : [])));
  const underWay = { pendingAgents, store: { lastBefore, firstAfter: store.firstAfter.bind(store) } };
  return new Scheduler({ jobs: config.reports, runs: new Runs(db), source, underWay, isClockTrusted, environment, onBug });
}

function firstAdminToken({ listen }: CollectorConfig, { tokens }: Access): (() => string) | undefined {
  if (isLoopbackHost(listen.http.host) || tokens.hasHadAdmin()) return undefined;
  return () => tokens.create({ kind: "token", role: "admin", name: "first", lifetime: undefined }).secret;
}

/**
 * NTP may put right a clock that once ran ahead: what was stored then must not be held against it. The machine is asked
 * for evidence once a second: every batch wants to know.
 */
function clockJudge({ clock }: Environment, root: string, newest: number): () => boolean {
  let evidence: ReturnType<typeof clockEvidence>;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonic() - lookedAt >= EVIDENCE_EVERY) {
      lookedAt = clock.monotonic();
      evidence = clockEvidence(root);
    }
    return evidence !== undefined && clock.wall() >= Math.max(BUILD_DATE, evidence === "ntp" ? 0 : newest);
  };
}

/** A report from the files of a collector that does not run. @throws Fault `no_data`. */
export async function openDataForReading(
  config: CollectorConfig,
  environment: Environment,
): Promise<{ source: ReportSource; close(): Promise<void> }> {
  const file = dataFile(config);
  const store = STORES[config.store.kind]?.({ file, access: "read" }) as Store;
  await store.open();
  const db = openDatabase(file, true);
  const journal = new Journal(db, undefined);
  const source = reportSource(journal, store, undefined, config, environment);
  return {
    source,
    async close() {
      db.close();
      await store.close();
    },
  };
}

export function dataFile(config: CollectorConfig): string {
  return join(config.data, DATA_FILE);
}

/** Makes the folder, and says what is wrong with it where `open` fails. */
function inFolder<T>(folder: string, open: () => T): T {
  try {
    mkdirSync(folder, { recursive: true });
    return open();
  } catch (error) {
    if (isFault(error) || !(error instanceof Error) || !("code" in error)) throw error;
    throw new Fault(
      "data_unwritable",
      `${folder}: expected a folder for data that this user may use, got ${String(error.code)} (${error.message})`,
      {
        cause: error,
        hint: "check the folder's owner and free space (ls -ld, df -h), or choose another with --data DIR",
      },
    );
  }
}

function reportSource(
  journal: Journal,
  store: Store,
  loader: Loader | undefined,
  { timeZone }: CollectorConfig,
  { clock }: Environment,
): ReportSource {
  return {
    series: () => journal.series.list(),
    store: {
      buckets: async (series, span) => {
        await loader?.drained();
        return store.buckets(series, span);
      },
      async loadHour(series, hour) {
        await loader?.drained();
        return store.loadHour(series, hour);
      },
      async lastBefore(series, at, reach) {
        await loader?.drained();
        return store.lastBefore(series, at, reach);
      },
      async extent(series) {
        await loader?.drained(); // else a series whose first readings are still in the journal would not be there
        return store.extent(series);
      },
    },
    now: () => clock.wall(),
    zone: timeZone,
    tzdata: process.versions.tz ?? "unknown",
    quarantined: async (series, span) => journal.quarantine.countByQuarter(series, span, QUARTER),
  };
}

/** The first rule that fits decides. */
function rangeOf({ rules }: CollectorConfig): RangeOf {
  const matchers = rules.map(({ series, range }) => ({ fits: seriesMatcher(series), range }));
  return (id) => matchers.find(({ fits }) => fits(id))?.range;
}

async function closeAll(closing: (() => Promise<void> | void)[]): Promise<void> {
  for (const close of closing.splice(0)) await close();
}
