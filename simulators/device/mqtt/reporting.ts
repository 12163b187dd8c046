/**
 * reporting: made-up devices of an ecosystem on their connections: born, reporting, failing, gone.
 *
 * - Every device has its own weather; values are a pure function of seed and instant.
 * - What is published while a connection is down is lost, as with such devices: they keep nothing.
 * - At the end every device says goodbye, and what the fault `stale` left with the broker is taken back.
 */
import { type Clock, type EpochMicros, epochMicros, MICROS_PER_HOUR, MICROS_PER_SECOND, micros } from "../../../protocol/index.ts";
import { type Broker, connectBroker, type Publication } from "../../broker.ts";
import { type FaultWords, type FaultySensor, faultySensor, type PlannedFault } from "../../faults/index.ts";
import { profileOf, seedFor, simulatedSensor } from "../../waveforms/index.ts";
import { deviceFaults, type HasFault, ofValues } from "../device-faults.ts";
import type { Connection, Report } from "./ecosystem.ts";

const REPEATS = 5;
const STALE = 6 * MICROS_PER_HOUR;

export interface ReportingOptions {
  readonly broker: string;
  readonly seed: number;
  readonly faults: readonly PlannedFault<FaultWords>[];
  readonly first: EpochMicros;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly now: () => EpochMicros;
}

interface Member {
  readonly connection: Connection;
  readonly broker: Broker;
}

export class Reporting {
  readonly #options: ReportingOptions;
  readonly #has: HasFault;
  readonly #weather = new Map<string, FaultySensor>();
  readonly #members: Member[] = [];
  readonly #isAway = new Set<string>();
  readonly #left: (Publication & Pick<Member, "broker">)[] = [];
  #published = 0;

  constructor(options: ReportingOptions) {
    this.#options = options;
    this.#has = deviceFaults(options.faults, { seed: options.seed, first: options.first, now: options.first, step: micros(1) });
  }

  /** Messages so far. */
  get published(): number {
    return this.#published;
  }

  /** @throws Fault `broker_unreachable`. */
  async open(connections: readonly Connection[]): Promise<void> {
    for (const connection of connections) {
      const broker = await connectBroker(this.#options.broker, connection.will, () => void this.#publish(broker, connection.birth));
      this.#members.push({ connection, broker });
      for (const device of connection.devices) await this.#leaveStale({ connection, broker }, device);
      await this.#publish(broker, connection.birth);
      const { commands } = connection;
      const [device = ""] = connection.devices;
      await (commands &&
        broker.listen(
          commands.topic,
          (topic, payload) =>
            void this.#publish(
              broker,
              commands.answer(topic, payload, () => this.#reportOf(device, this.#options.now())),
            ),
        ));
    }
  }

  /** Lets every device say what it has to say at this instant. */
  async report(at: EpochMicros): Promise<void> {
    const again: { readonly broker: Broker; readonly publication: Publication }[] = [];
    for (const { connection, broker } of this.#members) {
      for (const device of connection.devices) {
        const isThere = !this.#has("offline", device, at);
        if (this.#isAway.has(device) === isThere) await this.#publish(broker, connection.presence(device, isThere));
        if (isThere) this.#isAway.delete(device);
        else this.#isAway.add(device);
        if (!isThere) continue;
        const said = connection.report(this.#reportOf(device, at));
        await this.#publish(broker, said);
        const [measured] = said;
        if (measured !== undefined && this.#has("repeat", device, at)) again.push({ broker, publication: measured });
      }
    }
    for (let turn = 1; turn < REPEATS && again.length > 0; turn++) {
      await this.#options.clock.sleep("the same again", micros(MICROS_PER_SECOND / REPEATS), this.#options.signal);
      for (const { broker, publication } of again) await this.#publish(broker, [publication]);
    }
  }

  async close(): Promise<void> {
    for (const { broker, topic } of this.#left) await broker.publish({ topic, payload: "", retain: true });
    for (const { connection, broker } of this.#members) {
      await this.#publish(broker, connection.farewell);
      await broker.close();
    }
    this.#members.length = 0;
  }

  async #leaveStale({ connection, broker }: Member, device: string): Promise<void> {
    const { first } = this.#options;
    if (!this.#has("stale", device, first)) return;
    const [measured] = connection.report(this.#reportOf(device, epochMicros(first - STALE)));
    if (measured === undefined) return;
    await this.#publish(broker, [{ ...measured, retain: true }]);
    this.#left.push({ ...measured, broker });
  }

  #reportOf(device: string, at: EpochMicros): Report {
    return { device, at, values: this.#weatherOf(device).tellingAt(at).values, hasTime: !this.#has("no_time", device, at) };
  }

  #weatherOf(device: string): FaultySensor {
    const { seed, first, faults } = this.#options;
    const own = seedFor(seed, device);
    const found =
      this.#weather.get(device) ??
      faultySensor(simulatedSensor(profileOf("weather"), own), ofValues(faults), { seed: own, first, now: first, step: micros(1) });
    this.#weather.set(device, found);
    return found;
  }

  async #publish(broker: Broker, publications: readonly Publication[]): Promise<void> {
    for (const publication of publications) if (await broker.publish(publication)) this.#published++;
  }
}
