/**
 * temperature-world: the two configs of the README between a station that is made up and a receiver that remembers:
 * get_temp -> agent -> link -> collector -> load_stats, all of it real but the time, which one clock gives to both.
 *
 * Time stands still while something real is under way (a request, a connection, a commit), so a slow machine changes
 * nothing but how long the test takes.
 */
import { once } from "node:events";
import fs from "node:fs/promises";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import net, { type AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type RunningAgent, startAgent } from "../../agent/agent.ts";
import { loadAgentConfig } from "../../agent/config/load.ts";
import { type RunningCollector, startCollector } from "../../collector/collector.ts";
import { loadCollectorConfig } from "../../collector/config/load.ts";
import { askControl, epochMicros, isoInstant, MICROS_PER_MINUTE, MICROS_PER_MS, MICROS_PER_SECOND } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { serve } from "../support/http-server.ts";
import { manualClock } from "../support/manual-clock.ts";
import { quietLog } from "../support/quiet-log.ts";
import { readmeSample } from "../support/readme-samples.ts";
import { seededRandom } from "../support/seeded-random.ts";
import type { TempDir } from "../support/temp-dir.ts";
import { DECEMBER } from "./open-collector.ts";

/** What the station handed out, as it stood in the answer. */
export interface Handed {
  readonly ms: number;
  readonly text: string;
}

export interface Posted {
  readonly key: string;
  readonly at: string;
  readonly status: number;
  readonly body: string;
}

export type Outage = "get_temp" | "link" | "collector" | "agent";
export type PostFailure = "busy" | "answer lost" | undefined;

/** Timers that are set while something real is under way. */
const UNDER_WAY = ["pause outside", "connect", "deliver a report"];
const STEP = 5 * MICROS_PER_SECOND;
const LOOK_AT = 20 * MICROS_PER_SECOND;

export class TemperatureWorld implements AsyncDisposable {
  readonly handed: Handed[] = [];
  readonly posted: Posted[] = [];
  readonly bugs: unknown[] = [];
  readonly log = quietLog();
  readonly down = new Set<Outage>();
  /** How the next POST fails. */
  failNext: PostFailure;
  readonly #time = manualClock({ wall: epochMicros(DECEMBER + 6 * MICROS_PER_MINUTE) });
  readonly #random = seededRandom("temperature pipeline", 7);
  readonly #dir: TempDir;
  readonly #closing: (() => Promise<unknown>)[] = [];
  readonly #links = new Set<net.Socket>();
  #agent: RunningAgent | undefined;
  #collector: RunningCollector | undefined;
  #proxyPort = 0;
  #agentFile = "";
  #collectorFile = "";

  private constructor(dir: TempDir) {
    this.#dir = dir;
  }

  static async open(dir: TempDir): Promise<TemperatureWorld> {
    const world = new TemperatureWorld(dir);
    await world.#build();
    return world;
  }

  get now(): number {
    return this.#time.clock.wall();
  }

  async #build(): Promise<void> {
    const root = this.#dir.join("machine");
    await fs.mkdir(`${root}/run/systemd/timesync`, { recursive: true });
    await fs.writeFile(`${root}/run/systemd/timesync/synchronized`, "");
    await fs.mkdir(`${root}/proc/sys/kernel/random`, { recursive: true });
    await fs.writeFile(`${root}/proc/sys/kernel/random/boot_id`, "b0b0b0b0-0000-4000-8000-000000000000\n");
    const station = await serve((_, response) => this.#getTemp(response));
    const receiver = await serve((request, response) => void this.#loadStats(request, response));
    this.#proxyPort = await this.#openProxy();
    this.#closing.push(
      async () => await station[Symbol.asyncDispose](),
      async () => await receiver[Symbol.asyncDispose](),
    );
    this.#agentFile = await this.#write("agent.yaml", readmeSample("yaml agent", "agent: roof"), {
      "mqtt://127.0.0.1:1883": `mqtt://127.0.0.1:${this.#proxyPort}`,
      "http://127.0.0.1:9000": station.url,
    });
    const listen = `listen: { mqtt: "127.0.0.1:0", http: "127.0.0.1:0" }\ntime_zone: UTC\n`;
    this.#collectorFile = await this.#write("collector.yaml", listen + readmeSample("yaml collector", "load-stats"), {
      "http://127.0.0.1:9001": receiver.url,
    });
    await this.startCollector();
    await this.#time.advance(10 * MICROS_PER_SECOND); // the agent reads at the full minute, and sends ten seconds later
    await this.startAgent();
  }

  async startAgent(): Promise<void> {
    this.down.delete("agent");
    const config = { ...(await loadAgentConfig(this.#agentFile, {})), root: this.#dir.join("machine") };
    this.#agent = await startAgent({
      config,
      load: async () => config,
      environment: this.#environment(),
      version: "test",
      onBug: (error) => this.bugs.push(error),
    });
  }

  async stopAgent(): Promise<void> {
    this.down.add("agent");
    await this.#agent?.stop();
    this.#agent = undefined;
  }

  async startCollector(): Promise<void> {
    this.down.delete("collector");
    const config = await loadCollectorConfig(this.#collectorFile, {}, this.#dir.join("data"));
    const root = this.#dir.join("machine");
    this.#collector = await startCollector({ config, environment: this.#environment(), root, onBug: (error) => this.bugs.push(error) });
  }

  async stopCollector(): Promise<void> {
    this.down.add("collector");
    await this.#collector?.stop();
    this.#collector = undefined;
  }

  cutLink(): void {
    this.down.add("link");
    for (const socket of this.#links) socket.destroy();
  }

  mendLink(): void {
    this.down.delete("link");
  }

  /** Goes on to second 20 of the next minute. */
  async minute(): Promise<void> {
    const end = this.now + MICROS_PER_MINUTE - ((this.now - LOOK_AT) % MICROS_PER_MINUTE);
    while (this.now < end) {
      await this.#time.advance(Math.min(STEP, end - this.now));
      await this.#settle();
    }
  }

  /**
   * Has the agent send what it has, and lets as much time pass as that takes.
   * @returns false where a link, a collector or an agent is missing, or the next reading is too near to compare.
   */
  async deliver(): Promise<boolean> {
    if (this.#agent === undefined || this.#collector === undefined || this.down.has("link")) return false;
    const agent = this.#agent;
    for (let polls = 1; ; polls++) {
      const { spool, sensors, account } = await agent.status();
      const isCommitted = account.read === sensors.reduce((sum, { tally }) => sum + tally.read, 0);
      if (isCommitted && spool.open === 0 && spool.pendingBatches === 0) break;
      if (isCommitted && spool.open > 0) await this.#flush();
      if (polls % 100 === 0) await this.#time.advance(MICROS_PER_SECOND); // a connection that waits for its turn
      await this.#settle();
      await pause(1);
    }
    return (this.now - LOOK_AT) % MICROS_PER_MINUTE < 30 * MICROS_PER_SECOND;
  }

  /** The control socket's answer of `report`, in JSON. */
  async report(query: string): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }> {
    return (await this.askCollector(`/api/v1/report/${query}`)) as { rows: Record<string, unknown>[] };
  }

  askCollector(path: string): Promise<unknown> {
    return askControl(this.#dir.join("data", "collector.sock"), path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent?.stop();
    await this.#collector?.stop();
    for (const close of this.#closing) await close();
  }

  #environment() {
    return { clock: this.#time.clock, random: this.#random, log: this.log };
  }

  async #settle(): Promise<void> {
    await eventually(
      () => this.#time.pending().filter((name) => UNDER_WAY.includes(name)),
      (names) => names.length === 0,
      1,
    );
  }

  async #flush(): Promise<void> {
    const [answer] = await once(
      http.request({ socketPath: this.#dir.join("agent.sock"), path: "/api/v1/flush", method: "POST" }).end(),
      "response",
    );
    answer.resume();
    await once(answer, "end");
  }

  /** A new reading every minute, a function of the minute. */
  #getTemp(response: ServerResponse): void {
    if (this.down.has("get_temp")) {
      response.writeHead(500).end("out of order");
      return;
    }
    const minute = Math.floor(this.now / MICROS_PER_MINUTE);
    const text = (12 + 9 * Math.sin((minute / 1_440) * 2 * Math.PI) + ((minute * 7_919) % 101) / 100).toFixed(2);
    this.handed.push({ ms: this.now / MICROS_PER_MS, text });
    response.setHeader("content-type", "application/json").end(`{"temperature":${text}}`);
  }

  async #loadStats(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const failure = this.failNext;
    this.failNext = undefined;
    const status = failure === "busy" ? 503 : 200;
    const at = isoInstant(epochMicros(this.now));
    this.posted.push({ key: String(request.headers["idempotency-key"]), at, status, body: Buffer.concat(chunks).toString() });
    if (failure === "answer lost") request.socket.destroy();
    else response.writeHead(status).end();
  }

  /** A link that can be cut, always to where the collector listens now. */
  async #openProxy(): Promise<number> {
    const server = net.createServer((agentSide) => {
      agentSide.on("error", () => undefined);
      const url = this.#collector?.mqttUrl;
      if (this.down.has("link") || url === undefined) {
        agentSide.destroy();
        return;
      }
      const collectorSide = net.connect(Number(new URL(url).port), "127.0.0.1");
      for (const [one, other] of [
        [agentSide, collectorSide],
        [collectorSide, agentSide],
      ] as const) {
        this.#links.add(one);
        one.on("error", () => undefined);
        one.on("close", () => {
          this.#links.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#closing.push(() => new Promise((resolve) => server.close(resolve)));
    return (server.address() as AddressInfo).port;
  }

  async #write(name: string, text: string, addresses: Readonly<Record<string, string>>): Promise<string> {
    const file = this.#dir.join(name);
    const written = Object.entries(addresses).reduce((result, [from, to]) => result.replaceAll(from, to), text);
    await fs.writeFile(file, written);
    return file;
  }
}
