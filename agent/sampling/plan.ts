/**
 * plan: the checked config as what the sampler does, and as the catalog that the collector learns.
 *
 * - A series' index is its place in the catalog: sensors in the order of the config, channels in the driver's.
 * - Each filter is told how the channel is sampled and what it measures before it; the catalog tells how it is after
 *   the last one.
 * - The calibration version is a hash of the numbers that calibrate, 0 where none do: the same numbers are the same
 *   version on every start without a counter to keep, and two versions are told apart though not put in order.
 */
import {
  type Catalog,
  type CronLine,
  MICROS_PER_MINUTE,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  type Micros,
  micros,
  type SeriesId,
  type SeriesSpec,
  seriesId,
} from "../../protocol/index.ts";
import type { AgentConfig, ChannelConfig, DerivedConfig, SensorConfig, StampMode, UrgentConfig } from "../config/config.ts";
import {
  type ChosenFilter,
  holdOf,
  type Measure,
  type PlacedFilter,
  placeFilters,
  type Sampling,
  type Shape,
} from "../filters/contract.ts";
import type { DriverKind } from "../sensors/contract.ts";
import { channelKey, type DerivedPlan } from "./derived.ts";
import { stableHash } from "./stable-hash.ts";

export interface ChannelPlan {
  readonly name: string;
  /** Index in the catalog. */
  readonly series: number;
  readonly id: SeriesId;
  /** What the driver gives, before the filters; the catalog says what comes out of them. */
  readonly measure: Measure;
  readonly filters: readonly PlacedFilter[];
  /** The filter before which other channels are derived from this one; undefined where none is. */
  readonly tapAt: number | undefined;
  /** Where it does not come from the driver. */
  readonly derived: DerivedPlan | undefined;
  readonly urgent: UrgentConfig | undefined;
}

export interface SensorPlan {
  /** Index of the sensor in the config. */
  readonly index: number;
  readonly name: string;
  readonly driver: DriverKind;
  readonly options: unknown;
  /** Distance of the instants of a regular grid: of two reads, of a cron line a minute; undefined for a stream that sets its own pace. */
  readonly every: Micros | undefined;
  /** The minutes of that grid at which the sensor is read; undefined = all of it. */
  readonly cron: CronLine | undefined;
  /** How far behind the grid the sensor is read, so that a fleet does not fire in step. */
  readonly phase: Micros;
  readonly stamp: StampMode;
  readonly channels: readonly ChannelPlan[];
  /** Equal where the sensor is read and filtered in the same way. */
  readonly fingerprint: string;
}

/** A window that a series is put into: by its filter, or when it is sealed if the clock was not trusted before. */
export interface WindowPlan {
  readonly every: Micros;
  /** How long a value is taken to last where none follows. */
  readonly hold: Micros;
}

export interface Plan {
  readonly agent: string;
  readonly root: string;
  readonly sensors: readonly SensorPlan[];
  readonly catalog: Catalog;
  /** By index in the catalog; undefined where the series stays samples. */
  readonly windows: readonly (WindowPlan | undefined)[];
}

export function planSampling(config: AgentConfig): Plan {
  const catalog: SeriesSpec[] = [];
  const windows: (WindowPlan | undefined)[] = [];

  const inputs = inputsOf(config);

  const sensors = config.sensors.map((sensor, index): SensorPlan => {
    const channels = sensor.channels.map((channel): ChannelPlan => {
      const { unit, kind, isDifference } = channel;
      const measure = { unit, kind, ...(isDifference && { isDifference }) };
      const { placed: filters, after, tapAt } = placeFilters(channel.filters, { sampling: samplingOf(sensor, channel), measure });
      const series = catalog.push(specOf(sensor, channel, after)) - 1;
      windows.push(windowOf(filters));
      const id = seriesId(config.agent, sensor.name, channel.name);
      const isInput = inputs.has(channelKey(sensor.name, channel.name));
      const derived = channel.derived && planDerived(channel.derived, sensor.name);
      return { name: channel.name, series, id, measure, filters, tapAt: isInput ? tapAt : undefined, derived, urgent: channel.urgent };
    });
    const { name, driver, options, stamp, cron, offset } = sensor;
    const every = cron === undefined ? sensor.every : micros(MICROS_PER_MINUTE);
    const phase = offset ?? phaseOf(`${config.agent}/${name}`, every);
    const fingerprint = JSON.stringify([
      entryOf(sensor),
      cron?.zone,
      phase,
      channels.map(({ tapAt }) => tapAt ?? null),
      sourcesOf(config, sensor),
    ]);
    return { index, name, driver, options, every, cron, stamp, channels, phase, fingerprint };
  });
  return { agent: config.agent, root: config.root, sensors, catalog, windows };
}

/** The entries of other sensors that this one's derived channels are made of: what they give says what a formula does. */
function sourcesOf(config: AgentConfig, { name, channels }: SensorConfig): readonly (readonly unknown[])[] {
  const inputs = channels.flatMap(({ derived }) => derived?.inputs ?? []);
  const others = inputs.flatMap((input) => (typeof input === "number" || input.sensor === name ? [] : input.sensor));
  return config.sensors.filter((sensor) => others.includes(sensor.name)).map(entryOf);
}

/** What the config says of a sensor, and the state of the driver's file where that is the user's. */
function entryOf({ written, driver }: SensorConfig): readonly unknown[] {
  return [written, driver.version];
}

/** How the spool stamps the readings of each sensor, and which windows it makes where the clock was not trusted. */
export interface SealGrid {
  readonly sensor: string;
  /** undefined = the instants are exact. */
  readonly every: Micros | undefined;
  readonly phase: Micros;
  readonly windows: readonly (WindowPlan & { readonly series: number })[];
}

/** By index of the sensor in the plan. */
export function sealGrids({ sensors, windows }: Plan): readonly SealGrid[] {
  return sensors.map(({ name, every, phase, stamp, channels }) => ({
    sensor: name,
    every: stamp === "grid" ? every : undefined,
    phase: stamp === "grid" ? phase : micros(0),
    windows: channels.flatMap(({ series }) => {
      const window = windows[series];
      return window === undefined ? [] : [{ ...window, series }];
    }),
  }));
}

/** The channels from which others are derived. */
function inputsOf({ sensors }: AgentConfig): ReadonlySet<string> {
  const derived = sensors.flatMap(({ channels }) => channels.flatMap((channel) => channel.derived?.inputs ?? []));
  return new Set(derived.flatMap((input) => (typeof input === "number" ? [] : [channelKey(input.sensor, input.channel)])));
}

function planDerived({ inputs, maxAge, compute }: DerivedConfig, sensor: string): DerivedPlan {
  const own = inputs.flatMap((input) => (typeof input === "object" && input.sensor === sensor ? [channelKey(sensor, input.channel)] : []));
  const keys = inputs.map((input) => (typeof input === "number" ? input : channelKey(input.sensor, input.channel)));
  return { inputs: keys, maxAge, own, compute };
}

function samplingOf({ every }: SensorConfig, { period }: ChannelConfig): Sampling {
  return { kind: "periodic", period: every ?? period ?? micros(0), heartbeat: micros(0) };
}

function specOf(sensor: SensorConfig, { name, filters }: ChannelConfig, { sampling, measure: { unit, kind } }: Shape): SeriesSpec {
  const { kind: sampled, period, heartbeat } = sampling;
  return { sensor: sensor.name, channel: name, unit, kind, sampling: sampled, period, heartbeat, calibration: calibrationOf(filters) };
}

function calibrationOf(filters: readonly ChosenFilter[]): number {
  const calibrating = filters.filter(({ kind }) => kind.calibrates === true).map(({ kind, options }) => [kind.name, options]);
  return calibrating.length === 0 ? 0 : 1 + (stableHash(JSON.stringify(calibrating)) >>> 8);
}

function windowOf(filters: readonly PlacedFilter[]): WindowPlan | undefined {
  const last = filters.at(-1);
  const every = last?.kind.summarises?.(last.options);
  return last === undefined || every === undefined ? undefined : { every, hold: holdOf(last.sampling) };
}

/** At most a tenth of the period and a second, in whole milliseconds where the period allows: a grid stays cheap to send. */
function phaseOf(name: string, every: Micros | undefined): Micros {
  if (every === undefined) return micros(0);
  const widest = Math.min(every / 10, MICROS_PER_SECOND);
  const step = widest >= MICROS_PER_MS ? MICROS_PER_MS : 1;
  const steps = Math.max(1, Math.floor(widest / step));
  return micros((stableHash(name) % steps) * step);
}
