/**
 * The contract of a sensor driver: one file reads one kind of sensor.
 *
 * - `create` does no I/O; `open` does; `close` may be called twice. Calls of one driver never overlap.
 * - A driver owns no timer and no clock of its own: when it is read is decided by the sampler.
 * - Expected trouble is thrown as a `Fault`: `retry: true` = ask again at the next turn, else the sensor is
 *   reopened with back-off; the hint tells a person what to do. A driver never ends the agent.
 * - Drivers of one `bus` are read one after the other; a read that hangs blocks only its bus.
 * - A call reads one file at a time: a file that hangs keeps a thread, and a call may cost one and no more.
 */
import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { type EpochMicros, Fault, type Log, type Micros, type Quality, type SeriesKind } from "../../protocol/index.ts";

/** One quantity that a sensor offers. `unit` is a UCUM code. */
export interface ChannelSpec {
  readonly name: string;
  readonly unit: string;
  readonly kind: SeriesKind;
  /** Distance of its readings where the driver knows it and nobody names one (`every`). */
  readonly period?: Micros;
}

/**
 * A value as read; with a quality and its reason where the driver knows that it is doubtful.
 *
 * A text is the name of a state (`open`, `heat`), which the channel's `map` turns into a number. A driver gives what
 * looks like a number as a number, true and false as 1 and 0, and any other text as it stands, without the blanks
 * around it: where no filter takes texts the value is dropped as `not_a_number`, so no driver has to know.
 */
export type RawValue = number | string | { readonly value: number | string; readonly quality: Quality; readonly reason: string };

/** A text that is longer than this is not the name of a state; the sampler drops it. */
export const LONGEST_STATE = 64;

/** What a sensor said at one instant. A channel that said nothing is absent. */
export interface Sample {
  /** The device's or file's own instant, never restamped; absent = the agent stamps it. */
  readonly at?: EpochMicros;
  /** In a stream, beside a sample without `at`: when it arrived (`DriverContext.monotonic`). The agent stamps it with that. */
  readonly arrived?: Micros;
  readonly values: Readonly<Record<string, RawValue>>;
}

/** A sensor that answers when it is asked, every `every` of the config. */
export interface PolledDriver {
  readonly shape: "polled";
  /** Reads on one bus never overlap: `i2c-1`, `w1`, `modbus:/dev/ttyUSB0`; unique where nothing is shared. */
  readonly bus: string;
  open(): Promise<void>;
  read(signal: AbortSignal): Promise<Sample>;
  close(): Promise<void>;
}

/** Samples of a source that sets its own pace, with the place from which to go on after a restart. */
export interface Burst {
  /** At most 1,000, so that a journal row stays small. Each carries its own `at`, or when it `arrived`. */
  readonly samples: readonly Sample[];
  /** Plain JSON, committed in the same transaction as the samples; absent where there is nothing to go on from. */
  readonly cursor?: unknown;
  /** Rows or messages of which no sample could be made, by reason (snake_case); counted with the failed reads. */
  readonly skipped?: Readonly<Record<string, number>>;
}

/** A source that sets its own pace, and waits by itself (`signal`) where it has nothing to say. */
export interface StreamDriver {
  readonly shape: "stream";
  /**
   * `drawn`: what is not asked for waits where it is (a file, a replay), so it is asked only while the spool has room.
   * `live`, as where it is not said: what is not taken is lost (messages, lines on a wire), so it is always asked.
   */
  readonly pace?: "drawn" | "live";
  readonly bus: string;
  /** @param cursor of the last committed burst, or undefined at the very first start. */
  open(cursor: unknown): Promise<void>;
  /** The next burst, or undefined at the end for good. */
  next(signal: AbortSignal): Promise<Burst | undefined>;
  /** What has come and was not handed over, at once: asked for when the sampler stops, behind the last `next`. */
  rest?(): Burst | undefined;
  close(): Promise<void>;
}

export type Driver = PolledDriver | StreamDriver;

export interface DriverContext {
  /** Name of the sensor in the config. */
  readonly sensor: string;
  /** What the machine believes the time is, for values that are made from it; instants are stamped by the sampler. */
  readonly wall: () => EpochMicros;
  /** Microseconds since boot, which never step: for `arrived`, and to keep a distance on a wire. */
  readonly monotonic: () => Micros;
  /** Where `/sys`, `/proc` and `/dev` are looked for: `/`, or another tree (`root` in the config). */
  readonly root: string;
  /** Resolves after `ms`, or rejects when the signal ends: for drivers that set their own pace. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** One thing for all sensors that ask for this key, such as the port they hang on; made when it is first asked for. */
  readonly shared: <T>(key: string, make: () => T) => T;
  readonly log: Log;
}

export interface DriverKind<Config = unknown> {
  /** As in `driver:` of the config. */
  readonly name: string;
  /** Of one from a file of the user's: which state of the file it is, so that a reload opens its sensors anew. */
  readonly version?: string;
  /** The driver's own keys, beside `name`, `driver`, `every`, `stamp`, `channels`. A strict object. */
  readonly config: z.ZodType<Config>;
  /** What it offers under this config, without touching the device. */
  channels(config: Config): readonly ChannelSpec[];
  create(config: Config, context: DriverContext): Driver;
}

/** What passes by itself: a bus that was disturbed, a chip that is busy, a value that is not ready. */
const PASSING = new Set(["EIO", "EAGAIN", "ENODATA", "ETIMEDOUT", "EBUSY", "EINTR", "EREMOTEIO", "EPROTO", "EMFILE", "ENFILE"]);

/**
 * A failed system call as the fault a driver throws, typed by what the sampler must do: what passes by itself
 * is asked again at the next turn, anything else reopens the sensor. What is no system error is given back as
 * it is, for it is a bug.
 */
export function deviceFault(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string" || !("syscall" in error)) return error;
  const { code } = error;
  const details = { cause: error, retry: PASSING.has(code) };
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ENODEV" || code === "ENXIO") {
    return new Fault("device_missing", `${path}: expected it to be there, got ${code}`, {
      ...details,
      hint: `look what there is: ls ${path}`,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    const hint = `give the agent's user the right to read it: ls -l ${path}`;
    return new Fault("device_denied", `${path}: expected to be allowed to read it, got ${code}`, { ...details, hint });
  }
  if (details.retry) return new Fault("device_busy", `${path}: expected a value, got ${code}; it is asked again`, details);
  return new Fault("device_failed", `${path}: expected to read it, got ${code}`, { ...details, hint: `try it by hand: cat ${path}` });
}

/** One attribute of sysfs, without the line's end. @throws Fault of `deviceFault`. */
export async function readAttribute(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error) => {
    throw deviceFault(error, path);
  });
  return text.trim();
}

/** One attribute of sysfs that holds a number. @throws Fault of `deviceFault`; `bad_value`, which is asked again. */
export async function readNumber(path: string): Promise<number> {
  const text = await readAttribute(path);
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new Fault("bad_value", `${path}: expected a number, got ${JSON.stringify(text.slice(0, 40))}`, { retry: true });
}

/** A channel that failed this often in a row, while others of its sensor answered, is worth a line in the log. */
const SILENT_AFTER = 10;

/**
 * Reads the channels of a sensor that has a file for each, one after the other. One that fails in passing is absent
 * and costs the others nothing; where all do, the sample is the first one's fault.
 */
export class ChannelReads {
  readonly #context: DriverContext;
  /** Failures in a row, by channel. */
  readonly #failures = new Map<string, number>();

  constructor(context: DriverContext) {
    this.#context = context;
  }

  /** @throws Fault of `read`: at once where it does not pass by itself. */
  async sample<T extends { readonly channel: string }>(sources: readonly T[], read: (source: T) => Promise<RawValue>): Promise<Sample> {
    const values: Record<string, RawValue> = {};
    let fault: Fault | undefined;
    for (const source of sources) {
      try {
        values[source.channel] = await read(source);
        this.#answered(source.channel);
      } catch (error) {
        if (!(error instanceof Fault && error.retry)) throw error;
        fault ??= error;
        this.#failed(source.channel, error);
      }
    }
    if (fault !== undefined && Object.keys(values).length === 0) throw fault;
    return { values };
  }

  #answered(channel: string): void {
    const { sensor, log } = this.#context;
    if ((this.#failures.get(channel) ?? 0) >= SILENT_AFTER) log.info({ sensor, channel }, "channel answers again");
    this.#failures.delete(channel);
  }

  #failed(channel: string, { code, message }: Fault): void {
    const { sensor, log } = this.#context;
    const failures = (this.#failures.get(channel) ?? 0) + 1;
    this.#failures.set(channel, failures);
    if (failures === SILENT_AFTER) log.warn({ sensor, channel, code }, `no value in ${SILENT_AFTER} reads: ${message}`);
  }
}
