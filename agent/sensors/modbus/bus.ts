/**
 * bus: one Modbus line, TCP or serial, for all sensors on it: opened with the first, closed with the last.
 *
 * The sampler's queue sees to it that one question is asked at a time. After one that was not answered, TCP begins
 * a new connection; a serial line is left alone until a late answer would have come, for it would be taken for
 * the next one's.
 */
import type modbusSerial from "modbus-serial";
import { Fault, MICROS_PER_MS } from "../../../protocol/index.ts";
import type { DriverContext } from "../contract.ts";
import type { LineOptions } from "../ports/serial-port.ts";
import type { Question } from "./registers.ts";
import { openRtuPort, type RtuPort } from "./rtu-port.ts";
import { noAnswer, notReached, questionFault } from "./trouble.ts";

export interface Line {
  /** For messages. */
  readonly name: string;
  readonly tcp?: { readonly host: string; readonly port: number };
  readonly rtu?: LineOptions & { readonly path: string };
}

type Client = modbusSerial.default;

const CONNECT_MS = 5_000;

export class ModbusBus {
  readonly #line: Line;
  readonly #context: Pick<DriverContext, "pause" | "monotonic" | "log">;
  readonly #users = new Set<object>();
  #client: Client | undefined;
  /** Of the client, where the line is a serial one. */
  #port: RtuPort | undefined;
  /** Not before this instant may anything be asked. */
  #quietUntil = 0;

  constructor(line: Line, context: DriverContext) {
    this.#line = line;
    this.#context = context;
  }

  /** @throws Fault of the port or connection. */
  async open(user: object): Promise<void> {
    this.#users.add(user);
    await this.#connected();
  }

  /** The bytes of the registers. @throws Fault of `trouble.ts`, or the signal's reason. */
  async ask(question: Question, signal: AbortSignal): Promise<Uint8Array> {
    const { pause, monotonic } = this.#context;
    const client = await this.#connected();
    const wait = (this.#quietUntil - monotonic()) / MICROS_PER_MS;
    if (wait > 0) await pause(wait, signal);
    try {
      const bytes = await this.#answer(client, question, signal);
      this.#quietUntil = monotonic() + question.delay;
      return bytes;
    } catch (error) {
      await this.#afterTrouble(error, question);
      throw error;
    }
  }

  async close(user: object): Promise<void> {
    if (this.#users.delete(user) && this.#users.size === 0) await this.#disconnect();
  }

  async #connected(): Promise<Client> {
    if (this.#client?.isOpen) return this.#client;
    await this.#disconnect();
    const { rtu, tcp } = this.#line;
    const { default: library } = await import("modbus-serial");
    this.#port = rtu === undefined ? undefined : await openRtuPort(rtu.path, rtu, this.#context.log);
    const client = new library.default(this.#port);
    client.on("error", () => undefined); // one that nobody listens for would end the process
    this.#client = client;
    if (tcp !== undefined) await this.#dial(client, tcp);
    else client.open();
    return client;
  }

  async #dial(client: Client, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
    try {
      await this.#within(client.connectTCP(host, { port }), CONNECT_MS, new AbortController().signal, () =>
        notReached(this.#line.name, undefined),
      );
    } catch (error) {
      await this.#disconnect();
      throw error instanceof Fault ? error : notReached(this.#line.name, error);
    }
  }

  async #answer(client: Client, question: Question, signal: AbortSignal): Promise<Uint8Array> {
    const { code, unit, address, count, timeout } = question;
    const { name } = this.#line;
    const asked = new Promise<Uint8Array>((resolve, reject) => {
      const done = (error: unknown, result: { readonly buffer: Buffer } | undefined) => {
        if (error || result === undefined) reject(questionFault(name, question, error));
        else resolve(result.buffer);
      };
      if (code === 3) client.writeFC3(unit, address, count, done as never);
      else client.writeFC4(unit, address, count, done as never);
    });
    return this.#within(asked, timeout / MICROS_PER_MS, signal, () => noAnswer(name, question));
  }

  async #within<T>(work: Promise<T>, ms: number, signal: AbortSignal, late: () => Fault): Promise<T> {
    const done = new AbortController();
    const timeout = this.#context.pause(ms, AbortSignal.any([signal, done.signal])).then(
      () => {
        throw late();
      },
      () => {
        signal.throwIfAborted();
        return new Promise<never>(() => {}); // it came in time
      },
    );
    try {
      return await Promise.race([work, timeout]);
    } finally {
      done.abort();
    }
  }

  async #afterTrouble(error: unknown, { delay, timeout }: Question): Promise<void> {
    this.#port?.forget();
    const isUnanswered = !(error instanceof Fault) || error.code === "device_timeout" || error.code === "bad_answer";
    this.#quietUntil = this.#context.monotonic() + (isUnanswered ? Math.max(delay, timeout) : delay);
    if (isUnanswered && this.#line.tcp !== undefined) {
      this.#quietUntil = 0;
      await this.#disconnect();
    }
  }

  async #disconnect(): Promise<void> {
    const [client, port] = [this.#client, this.#port];
    this.#client = undefined;
    this.#port = undefined;
    client?.destroy(() => {});
    await port?.end();
  }
}
