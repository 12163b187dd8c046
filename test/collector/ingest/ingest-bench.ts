/**
 * ingest-bench: the collector's way from a message to the store, whole and on disk, without a network before it.
 *
 * Journal, catalogs, loader, store and ingest are the real ones. Where the broker would stand, `publish` hands a
 * message on and what agents are told is kept.
 */
import fs from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import type { Database } from "better-sqlite3";
import type { Broker } from "../../../collector/broker/contract.ts";
import { type AgentAccount, accountOf } from "../../../collector/ingest/account.ts";
import { Catalogs, type RangeOf } from "../../../collector/ingest/catalogs.ts";
import { Ingest } from "../../../collector/ingest/ingest.ts";
import { Journal } from "../../../collector/ingest/journal.ts";
import { Loader } from "../../../collector/ingest/loader.ts";
import { openDatabase } from "../../../collector/ingest/schema.ts";
import type { Store } from "../../../collector/stores/contract.ts";
import { createSqliteStore } from "../../../collector/stores/sqlite.ts";
import {
  type Ack,
  type Answer,
  decodeAnswer,
  type Hello,
  type HelloAck,
  type HelloEpoch,
  type UpChannel,
} from "../../../protocol/index.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { type QuietLog, quietLog } from "../../support/quiet-log.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import type { TempDir } from "../../support/temp-dir.ts";
import { helloOf } from "./wire-batches.ts";

export interface IngestBench extends AsyncDisposable {
  readonly db: Database;
  readonly journal: Journal;
  readonly store: Store;
  readonly loader: Loader;
  readonly ingest: Ingest;
  readonly clock: ManualClock;
  readonly log: QuietLog;
  /** Hands a message over and waits until the broker may send its PUBACK and all answers have gone out. */
  publish(agent: string, payload: Uint8Array, channel?: UpChannel): Promise<void>;
  /** Without waiting for anything. */
  offer(agent: string, payload: Uint8Array): Promise<void>;
  hello(agent: string, epochs: readonly HelloEpoch[], device?: Pick<Hello, "token" | "fingerprint">): Promise<HelloAck>;
  /** What the agent was told of its batches so far, oldest first, as `seq` or `seq code`. */
  told(agent: string): string[];
  answers(agent: string): Answer[];
  lastAck(agent: string): Ack | undefined;
  /** Everything that is committed goes to the store, and is counted. */
  account(agent: string): Promise<AgentAccount>;
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly clock?: ManualClock;
  readonly rangeOf?: RangeOf;
  readonly isClockTrusted?: () => boolean;
  readonly hasRoom?: () => boolean;
  /** Who has said hello already: before that, batches are refused. */
  readonly greeted?: readonly string[];
  readonly isReplica?: boolean;
  /** Around the store that the loader uses. */
  readonly store?: (store: Store) => Store;
}

/** @param file the data file; it is made where it is missing. */
export async function openIngest(file: string, options: BenchOptions = {}): Promise<IngestBench> {
  const {
    clock = manualClock(),
    rangeOf = () => undefined,
    isClockTrusted = () => true,
    hasRoom = () => true,
    greeted = ["a", "b"],
    isReplica = false,
  } = options;
  const db = openDatabase(file, false);
  const random = seededRandom("ingest", 1);
  const journal = new Journal(db, random);
  const sqlite = createSqliteStore({ file, access: "write" });
  await sqlite.open();
  const store = options.store?.(sqlite) ?? sqlite;
  const log = quietLog();
  const catalogs = new Catalogs(journal, rangeOf);
  const bugs: unknown[] = [];
  const loader = new Loader({ journal, store, catalogs, clock: clock.clock, log, onBug: (error) => bugs.push(error) });
  await loader.open();
  const sent: { readonly agent: string; readonly payload: Uint8Array }[] = [];
  const broker = recordingBroker(isReplica, (agent, payload) => sent.push({ agent, payload }));
  const ingest = new Ingest({ journal, catalogs, loader, broker, clock: clock.clock, random, log, isClockTrusted, hasRoom });
  const messages = (agent: string) => sent.filter((message) => message.agent === agent).map(({ payload }) => decodeAnswer(payload));
  const acks = (agent: string) => messages(agent).flatMap((message) => ("ack" in message ? [message.ack] : []));
  const answers = (agent: string) => acks(agent).flatMap((ack) => ack.answers);

  const offer = (agent: string, payload: Uint8Array, channel: UpChannel = "batch") =>
    ingest.onPublish({ agent, channel, payload, retain: false });
  const bench: IngestBench = {
    db,
    journal,
    store,
    loader,
    ingest,
    clock,
    log,
    offer,
    async publish(agent, payload, channel) {
      await offer(agent, payload, channel);
      await turn();
      await turn();
    },
    async hello(agent, epochs, device = { token: "", fingerprint: "" }) {
      await bench.publish(agent, helloOf(epochs, device), "hello");
      const answer = messages(agent).findLast((message) => "helloAck" in message);
      if (answer === undefined || !("helloAck" in answer)) throw new Error("the hello was not answered");
      return answer.helloAck;
    },
    told: (agent) => answers(agent).map(({ seq, nack }) => (nack === undefined ? `${seq}` : `${seq} ${nack}`)),
    answers,
    lastAck: (agent) => acks(agent).at(-1),
    async account(agent) {
      await loader.drained();
      if (bugs.length > 0) throw bugs[0];
      const account = accountOf(db).find((entry) => entry.agent === agent);
      if (account === undefined) throw new Error(`there is no account of ${agent}`);
      return account;
    },
    async close() {
      await ingest.settled();
      await loader.close();
      await sqlite.close();
      journal.close();
      if (bugs.length > 0) throw bugs[0];
    },
    [Symbol.asyncDispose]: () => bench.close(),
  };
  const holders = new Map(journal.holders.list().map(({ agent, holder }) => [agent, holder]));
  for (const agent of greeted) {
    const { epochs, token = "", fingerprint = "" } = holders.get(agent) ?? {};
    await bench.publish(agent, helloOf(epochs, { token, fingerprint }), "hello");
  }
  sent.splice(0);
  return bench;
}

function recordingBroker(isReplica: boolean, publishTo: (agent: string, payload: Uint8Array) => void): Broker {
  return {
    open: async () => undefined,
    publishTo(agent, _channel, payload) {
      publishTo(agent, payload);
      return true;
    },
    publishStatus: () => undefined,
    isReplica,
    connected: new Set(),
    url: "mqtt://127.0.0.1:0",
    trouble: undefined,
    close: async () => undefined,
  };
}

/** The data file as a power cut would leave it now: copied without closing anything. */
export async function crashCopy(dir: TempDir, file: string): Promise<string> {
  const copy = dir.join(`crashed-${(await fs.readdir(dir.path)).length}.db`);
  await fs.copyFile(file, copy);
  await fs.copyFile(`${file}-wal`, `${copy}-wal`);
  return copy;
}
