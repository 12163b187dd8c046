/**
 * mqtt: devices that publish to a broker of this house: a plain number, JSON, Zigbee2MQTT, Tasmota.
 *
 * - A message is a reading of the moment in which it came; with `at`, of the instant in it.
 * - The same message again within `repeats_within` is the same reading: routers and devices repeat them. So is the same
 *   value again of an instant of its own; what else a device says of that instant is taken.
 * - What the broker kept (`retained`) says what was, nobody knows when: it is not taken unless the config says so.
 * - Sensors of one broker share one connection. A broker that goes away costs them nothing but their readings.
 */
import type { Micros } from "../../protocol/index.ts";
import type { Burst, DriverContext, DriverKind, StreamDriver } from "./contract.ts";
import { Broker, type Message, type Subscriber } from "./mqtt/broker.ts";
import { deviceChannels, deviceReader } from "./mqtt/devices.ts";
import { type MqttOptions, mqttOptions } from "./mqtt/options.ts";
import { Inbox } from "./text/inbox.ts";
import { textChannels } from "./text/options.ts";
import { type TextReader, textReader } from "./text/reader.ts";
import { SaidBefore } from "./text/said-before.ts";

export const mqtt: DriverKind<MqttOptions> = {
  name: "mqtt",
  config: mqttOptions,
  channels: (options) => deviceChannels(options) ?? textChannels(options).map((name) => ({ name, unit: "1", kind: "gauge" })),
  create: (options, context) => new MqttDriver(options, context),
};

/** A longer message holds more than readings. */
const LONGEST_MESSAGE = 64 * 1024;

class MqttDriver implements StreamDriver {
  readonly shape = "stream";
  readonly bus: string;
  readonly #options: MqttOptions;
  readonly #context: DriverContext;
  readonly #broker: Broker;
  #subscriber: Subscriber | undefined;
  #inbox: Inbox;
  /** The last message that was taken. */
  #last: { readonly text: string; readonly arrived: Micros } | undefined;
  readonly #said = new SaidBefore();

  constructor(options: MqttOptions, context: DriverContext) {
    this.bus = `mqtt:${context.sensor}`;
    this.#options = options;
    this.#context = context;
    const { broker, user, password, password_file, ca_file } = options;
    const login = { broker, user, password, password_file, ca_file };
    this.#broker = context.shared(`mqtt ${JSON.stringify(login)}`, () => new Broker(login, context.pause));
    this.#inbox = new Inbox(context, options.most_per_second);
  }

  async open(): Promise<void> {
    await this.close();
    const reader = (await deviceReader(this.#options)) ?? (await textReader(this.#options));
    const inbox = new Inbox(this.#context, this.#options.most_per_second);
    const { topic, qos } = this.#options;
    this.#inbox = inbox;
    const message = (came: Message) => inbox.attempt(() => this.#take(came, reader, inbox));
    this.#subscriber = { topic, qos, message, down: (fault) => inbox.fail(fault) };
    await this.#broker.join(this.#subscriber);
  }

  next(signal: AbortSignal): Promise<Burst> {
    return this.#inbox.burst(signal);
  }

  rest(): Burst {
    return this.#inbox.rest();
  }

  async close(): Promise<void> {
    const subscriber = this.#subscriber;
    this.#subscriber = undefined;
    if (subscriber !== undefined) this.#broker.leave(subscriber);
  }

  #take({ payload, isRetained }: Message, reader: TextReader, inbox: Inbox): void {
    if (isRetained && this.#options.retained === "skip") return inbox.skip("retained");
    if (payload.length > LONGEST_MESSAGE) return inbox.skip("message_too_long");
    const text = new TextDecoder().decode(payload);
    if (this.#isRepeated(text)) return inbox.skip("repeated");
    const sample = reader(text, (reason) => inbox.skip(reason, text));
    if (sample === undefined) return;
    const news = this.#said.news(sample);
    if (Object.keys(news.values).length === 0) return inbox.skip("repeated");
    this.#last = { text, arrived: this.#context.monotonic() };
    inbox.put(news);
  }

  /** Within so long of the one that was taken: a value that stays the same is not silenced by its own repeats. */
  #isRepeated(text: string): boolean {
    const last = this.#last;
    return last?.text === text && this.#context.monotonic() - last.arrived < this.#options.repeats_within;
  }
}
