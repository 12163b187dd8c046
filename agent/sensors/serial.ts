/**
 * serial: lines from a device on a serial port, such as an Arduino or a GPS: numbers, CSV, JSON, `key=value`.
 *
 * - The first line after opening may have lost its beginning, and half of `21.5` is a number too: it is not taken.
 * - Each line is a reading of the moment in which it came. A line that cannot be read costs itself alone.
 * - A device that is unplugged is opened again after a back-off.
 */
import { join } from "node:path";
import type { SerialPort } from "serialport";
import type { Burst, DriverContext, DriverKind, StreamDriver } from "./contract.ts";
import { closePort, openPort, portGone } from "./ports/serial-port.ts";
import { isIntact } from "./serial/nmea.ts";
import { type SerialOptions, serialOptions } from "./serial/options.ts";
import { Inbox } from "./text/inbox.ts";
import { Lines } from "./text/lines.ts";
import { textChannels } from "./text/options.ts";
import { type TextReader, textReader } from "./text/reader.ts";

export const serial: DriverKind<SerialOptions> = {
  name: "serial",
  config: serialOptions,
  channels: (options) => textChannels(options).map((name) => ({ name, unit: "1", kind: "gauge" })),
  create: (options, context) => new SerialDriver(options, context),
};

class SerialDriver implements StreamDriver {
  readonly shape = "stream";
  readonly bus: string;
  readonly #options: SerialOptions;
  readonly #context: DriverContext;
  readonly #path: string;
  #port: SerialPort | undefined;
  #inbox: Inbox;

  constructor(options: SerialOptions, context: DriverContext) {
    this.bus = `serial:${options.port}`;
    this.#options = options;
    this.#context = context;
    this.#path = join(context.root, options.port);
    this.#inbox = new Inbox(context, options.most_per_second);
  }

  async open(): Promise<void> {
    await this.close();
    const reader = await textReader(this.#options);
    const inbox = new Inbox(this.#context, this.#options.most_per_second);
    const port = await openPort(this.#path, this.#options);
    const lines = new Lines(() => inbox.skip("line_too_long"));
    let isFirst = this.#options.first_line === "drop";
    port.on("close", () => inbox.fail(portGone(this.#path)));
    port.on("data", (piece: Buffer) => {
      for (const line of lines.take(piece)) {
        if (isFirst) inbox.skip("first_line");
        else inbox.attempt(() => this.#line(line, reader, inbox));
        isFirst = false;
      }
    });
    this.#port = port;
    this.#inbox = inbox;
  }

  next(signal: AbortSignal): Promise<Burst> {
    return this.#inbox.burst(signal);
  }

  rest(): Burst {
    return this.#inbox.rest();
  }

  async close(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    if (port !== undefined) await closePort(port);
  }

  #line(line: string, reader: TextReader, inbox: Inbox): void {
    const { starts_with, checksum } = this.#options;
    if (!line.startsWith(starts_with)) return;
    if (checksum === "nmea" && !isIntact(line)) return inbox.skip("bad_checksum", line);
    const text = checksum === "nmea" ? line.replace(/\*..\s*$/, "") : line;
    const sample = reader(text, (reason) => inbox.skip(reason, line));
    if (sample !== undefined) inbox.put(sample);
  }
}
