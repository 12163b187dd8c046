/**
 * config: what the agent knows about itself after its YAML file was read and checked.
 *
 * Plain readonly data, every default filled in, every duration in microseconds and every size in bytes;
 * whoever holds one never has to ask whether it is valid.
 */

import type { CronLine, DailyWindow, Labels, Micros, SeriesKind } from "../../protocol/index.ts";
import type { ChosenFilter } from "../filters/contract.ts";
import type { DriverKind } from "../sensors/contract.ts";

/** Which clock an instant may be sealed under; `auto` takes the first of the others that vouches. */
export type ClockTrust = "auto" | "system" | "ntp" | "collector";

/**
 * `grid` puts `at` on the sensor's grid (12:00:00, 12:00:10 ...), which costs next to nothing on the wire;
 * `exact` keeps the instant of the reading.
 */
export type StampMode = "grid" | "exact";

/** What a derived channel is made of. */
export interface DerivedConfig {
  readonly formula: string;
  /** In the formula's order: channels, or numbers of the config. */
  readonly inputs: readonly (number | ChannelRef)[];
  /** How far an input's instant may lie from that of the result; 0 = the same instant. By input. */
  readonly maxAge: readonly Micros[];
  readonly compute: (values: readonly number[]) => number;
}

export interface ChannelRef {
  readonly sensor: string;
  readonly channel: string;
}

/** Bounds beyond which a kept reading is sealed and sent at once; at least one of them is there. */
export interface UrgentConfig {
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  /** Again only after this. */
  readonly repeat: Micros;
}

export interface ChannelConfig {
  readonly name: string;
  /** UCUM code of what the driver (or formula) gives; filters may make another unit and kind of it. */
  readonly unit: string;
  readonly kind: SeriesKind;
  /** As in `Measure`: what a formula makes may be. */
  readonly isDifference?: true;
  /** Of its readings, where the driver knows it; `every` of the sensor goes before. */
  readonly period?: Micros;
  /** In the order in which they apply; one that summarises stands last. */
  readonly filters: readonly ChosenFilter[];
  /** Where it does not come from the driver. */
  readonly derived?: DerivedConfig;
  readonly urgent?: UrgentConfig;
}

export interface SensorConfig {
  readonly name: string;
  readonly driver: DriverKind;
  /** The driver's own options, parsed by `driver.config`: hand them to `driver.create` and `driver.channels`. */
  readonly options: unknown;
  /**
   * Distance of two reads: there for every polled driver; with `cron` the nominal one. Of a stream, its nominal
   * distance where the config names one.
   */
  readonly every?: Micros;
  /** The sensor is read at these times instead of every so often. */
  readonly cron?: CronLine;
  /** How far behind its times the sensor is read; undefined = the agent spreads its sensors itself. */
  readonly offset?: Micros;
  readonly stamp: StampMode;
  /** The entry as it is written, variables filled in: an equal one means the same sensor. */
  readonly written?: string;
  /** At least one: in the driver's order, then those that are derived. A channel that is not listed is not kept. */
  readonly channels: readonly ChannelConfig[];
}

export interface CollectorAddress {
  /** As written: `mqtt://collector.local:1883`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

export interface SpoolConfig {
  /** Absolute path of the SQLite file. Its folder is made when the agent runs. */
  readonly path: string;
  /** Bytes the spool may take on disk, WAL included. */
  readonly maxSize: number;
  /** Bytes that stay free on the file system, whoever uses the rest. */
  readonly keepFree: number;
  readonly whenFull: "drop_oldest";
  readonly commitEvery: Micros;
}

export interface SendConfig {
  /** Open readings are sealed so often; with `cron` the nominal distance of its times. */
  readonly every: Micros;
  readonly cron?: CronLine;
  /** So many are sealed without waiting for their time. */
  readonly maxReadings: number;
  /** Sealed batches leave in these hours alone, urgent ones always; undefined = at any hour. */
  readonly between?: DailyWindow;
}

export interface AgentConfig {
  /** The file it came from, as given. */
  readonly file: string;
  /** Files of the folder beside it that were read with it, in their order. */
  readonly dropIns: readonly string[];
  /** Name of this agent, first part of each of its series. */
  readonly agent: string;
  readonly collector: CollectorAddress;
  /** What people say of this agent; no part of any identity. */
  readonly labels: Labels;
  readonly spool: SpoolConfig;
  readonly send: SendConfig;
  readonly clock: { readonly trust: ClockTrust };
  /** Absolute path of the control socket, short enough for the kernel. */
  readonly control: string;
  /** Where drivers look for `/sys`, `/proc` and `/dev`. */
  readonly root: string;
  /** Topic prefix, at most two levels. */
  readonly prefix: string;
  readonly sensors: readonly SensorConfig[];
}

/** Where `driver.channels` names what a sensor offers and the config what is kept, this is the number kept. */
export function seriesCount(config: AgentConfig): number {
  return config.sensors.reduce((count, sensor) => count + sensor.channels.length, 0);
}
