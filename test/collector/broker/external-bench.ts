/**
 * external-bench: a collector's side of a broker that stands elsewhere, before a real mosquitto, its clock in the test's hand.
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Aedes } from "aedes";
import type { BrokerHandlers, ExternalPlace } from "../../../collector/broker/contract.ts";
import { createExternalBroker } from "../../../collector/broker/external.ts";
import { DEFAULT_PREFIX, encodeCollectorStatus } from "../../../protocol/index.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { type Mosquitto, startMosquitto } from "../../support/mosquitto.ts";
import { type QuietLog, quietLog } from "../../support/quiet-log.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { clientsOf, recording } from "./broker-bench.ts";
import type { SuiteBench } from "./broker-suite.ts";

export interface Side extends SuiteBench {
  readonly clock: ManualClock;
  readonly log: QuietLog;
}

export interface SideOptions extends Partial<Omit<ExternalPlace, "kind" | "url">> {
  readonly collector?: string;
  readonly onPublish?: BrokerHandlers["onPublish"] | undefined;
}

export const statusOf = (collector: string, online: boolean) => Buffer.from(encodeCollectorStatus({ online, collector, generation: "1" }));

/** Not open yet. */
export function sideAt(url: string, { collector = "c1", onPublish, ...place }: SideOptions = {}): Side & { open(): Promise<void> } {
  const clock = manualClock();
  const log = quietLog();
  const nothing = { user: undefined, passwordFile: undefined, caFile: undefined, clientId: undefined, role: "primary" } as const;
  const broker = createExternalBroker(
    { kind: "external", url, ...nothing, ...place },
    {
      prefix: DEFAULT_PREFIX,
      environment: { clock: clock.clock, random: seededRandom("external broker", 1), log },
      collector,
      farewell: statusOf(collector, false),
    },
  );
  const record = recording(onPublish);
  const clients = clientsOf(() => url);
  return {
    broker,
    clock,
    log,
    ...record,
    client: clients.client,
    open: () => broker.open(record.handlers),
    async [Symbol.asyncDispose]() {
      clients.close();
      await broker.close();
    },
  };
}

/** Open; what `open` throws, it throws. */
export async function openSide(url: string, options: SideOptions = {}): Promise<Side> {
  const side = sideAt(url, options);
  await side.open();
  return side;
}

export interface SideAndBroker extends Side {
  readonly mosquitto: Mosquitto;
}

/** With a mosquitto of its own, which goes with it. */
export async function openWithMosquitto(options: SideOptions = {}, config?: string): Promise<SideAndBroker> {
  const mosquitto = await startMosquitto(config);
  const side = await openSide(mosquitto.url, options);
  return {
    ...side,
    mosquitto,
    async [Symbol.asyncDispose]() {
      await side[Symbol.asyncDispose]();
      await mosquitto[Symbol.asyncDispose]();
    },
  };
}

interface Elsewhere extends AsyncDisposable {
  readonly url: string;
}

/** Another broker than mosquitto: aedes as it comes, with nothing of ours in it. */
export async function openAedes({ refuseSubscription }: { refuseSubscription?: (topic: string) => boolean } = {}): Promise<Elsewhere> {
  const aedes = await Aedes.createBroker({
    authorizeSubscribe: (_client, subscription, done) => done(null, refuseSubscription?.(subscription.topic) ? null : subscription),
  });
  const server = createServer(aedes.handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      server.close();
    },
  };
}

/** With an aedes of its own, which goes with it. */
export async function openWithAedes(options: SideOptions = {}): Promise<Side> {
  const other = await openAedes();
  const side = await openSide(other.url, options);
  return {
    ...side,
    async [Symbol.asyncDispose]() {
      await side[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}
