/**
 * check: says what a config means, in numbers, without starting or touching anything.
 *
 * Rates are of what is sent: after filters that make summaries, and at most, where a filter lets through only
 * what moved. A source that sets its own pace has no rate that could be known before.
 */
import {
  type CronLine,
  type EpochMicros,
  isFault,
  type Labels,
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
  type Micros,
  micros,
  showDuration,
  showSize,
  type Variables,
} from "../../protocol/index.ts";
import type { AgentConfig, ChannelConfig, SensorConfig, UrgentConfig } from "../config/config.ts";
import { loadAgentConfig } from "../config/load.ts";
import { isKnownUnit, placeFilters, type Shape } from "../filters/contract.ts";
import { type ScheduleWords, scheduleLines, scheduleWords, windowWords } from "./schedule-words.ts";

interface SeriesOverview {
  readonly series: string;
  readonly unit: string;
  readonly kind: string;
  readonly sampling: string;
  /** undefined = the source sets its own pace. */
  readonly readings_per_minute?: number;
  readonly filters: readonly string[];
  readonly urgent?: string;
}

interface Overview {
  readonly agent: string;
  readonly collector: string;
  readonly spool: { readonly path: string; readonly max_bytes: number; readonly keep_free_bytes: number };
  readonly control: string;
  readonly drop_ins: readonly string[];
  readonly labels: Labels;
  readonly send: { readonly every?: string; readonly schedule?: ScheduleWords; readonly between?: string; readonly max_readings: number };
  readonly sensors: readonly {
    readonly name: string;
    readonly driver: string;
    readonly every?: string;
    readonly schedule?: ScheduleWords;
    readonly offset?: string;
    readonly channels: readonly SeriesOverview[];
  }[];
  readonly readings_per_minute: number;
  /** At 1 byte a reading. */
  readonly bytes_per_day: number;
  readonly warnings: readonly string[];
}

/** @returns 0, or with `json` 1 and the fault as JSON. @throws Fault of `loadAgentConfig` otherwise. */
export async function checkAgent(
  { config: file, json }: { readonly config: string; readonly json: boolean },
  env: Variables,
  now: EpochMicros,
  print: (text: string) => void,
): Promise<number> {
  try {
    const config = await loadAgentConfig(file, env);
    const found = await overview(config, now);
    print(json ? `${JSON.stringify({ ok: true, ...found }, null, 2)}\n` : text(config, found));
    return 0;
  } catch (error) {
    if (!json || !isFault(error)) throw error;
    print(`${JSON.stringify({ ok: false, code: error.code, message: error.message, hint: error.hint }, null, 2)}\n`);
    return 1;
  }
}

async function overview(config: AgentConfig, now: EpochMicros): Promise<Overview> {
  const pace = async ({ every, cron }: { readonly every?: Micros; readonly cron?: CronLine }) =>
    cron !== undefined ? { schedule: await scheduleWords(cron, now) } : every === undefined ? {} : { every: showDuration(every) };
  const sensors = await Promise.all(
    config.sensors.map(async (sensor) => ({
      name: sensor.name,
      driver: sensor.driver.name,
      ...(await pace(sensor)),
      ...(sensor.offset !== undefined && { offset: sensor.offset === 0 ? "0s" : showDuration(sensor.offset) }),
      channels: sensor.channels.map((channel) => seriesOverview(config.agent, sensor, channel)),
    })),
  );
  const { between, maxReadings } = config.send;
  const rates = sensors.flatMap(({ channels }) => channels.map(({ readings_per_minute: rate = 0 }) => rate));
  const perMinute = rates.reduce((sum, rate) => sum + rate, 0);
  return {
    agent: config.agent,
    collector: config.collector.url,
    spool: { path: config.spool.path, max_bytes: config.spool.maxSize, keep_free_bytes: config.spool.keepFree },
    control: config.control,
    drop_ins: config.dropIns,
    labels: config.labels,
    send: {
      ...(await pace(config.send)),
      ...(between !== undefined && { between: await windowWords(between, now) }),
      max_readings: maxReadings,
    },
    sensors,
    readings_per_minute: round(perMinute),
    bytes_per_day: Math.round((perMinute * MICROS_PER_DAY) / MICROS_PER_MINUTE),
    warnings: warnings(config, perMinute),
  };
}

function seriesOverview(agent: string, sensor: SensorConfig, channel: ChannelConfig): SeriesOverview {
  const start: Shape = { sampling: { kind: "periodic", period: sensor.every ?? micros(0), heartbeat: micros(0) }, measure: channel };
  const { sampling, measure } = placeFilters(channel.filters, start).after;
  return {
    series: `${agent}/${sensor.name}/${channel.name}`,
    unit: measure.unit,
    kind: measure.kind,
    sampling: sampling.kind,
    ...(sampling.period > 0 && { readings_per_minute: round(MICROS_PER_MINUTE / sampling.period) }),
    filters: channel.filters.map(({ kind }) => kind.name),
    ...(channel.urgent && { urgent: urgentWords(channel.urgent) }),
  };
}

function urgentWords({ above, below, repeat }: UrgentConfig): string {
  const bounds = [above === undefined ? "" : `above ${above}`, below === undefined ? "" : `below ${below}`].filter((text) => text !== "");
  return `${bounds.join(" or ")}, at most every ${showDuration(repeat)}`;
}

function warnings({ collector, send, sensors, spool }: AgentConfig, perMinute: number): readonly string[] {
  const found: string[] = sensors.flatMap(({ name, channels }) => channels.flatMap((channel) => unitWarning(name, channel)));
  if (!/^(localhost|::1|127\.[\d.]+)$/.test(collector.host)) {
    found.push(`${collector.url} is not this machine: readings travel without encryption or password`);
  }
  const perSend = (perMinute * send.every) / MICROS_PER_MINUTE;
  if (perSend > send.maxReadings && send.cron === undefined) {
    const often = micros(Math.round((send.every * send.maxReadings) / perSend / 1e5) * 1e5);
    found.push(`send.max_readings of ${send.maxReadings} is reached before send.every: a batch leaves about every ${showDuration(often)}`);
  }
  const days = spool.maxSize / ((perMinute * MICROS_PER_DAY) / MICROS_PER_MINUTE);
  if (days < 7) found.push(`without a collector the spool is full in about ${days.toFixed(1)} days; then its oldest readings go`);
  return found;
}

/** Annotations like `{people}` are anybody's own. */
function unitWarning(sensor: string, { name, unit }: ChannelConfig): readonly string[] {
  if (isKnownUnit(unit) || unit.includes("{")) return [];
  return [`${sensor}/${name}: ${unit} is no unit that is known here: it travels as it is, and nothing can convert it`];
}

function text(config: AgentConfig, found: Overview): string {
  const { sensors, warnings } = found;
  const { spool } = config;
  const lines = [
    `agent      ${config.agent}`,
    `collector  ${config.collector.url}`,
    ...config.dropIns.map((file, index) => `${index === 0 ? "drop-ins" : ""}`.padEnd(11) + file),
    ...labelLines(config.labels),
    `spool      ${spool.path}: at most ${showSize(spool.maxSize)}, ${showSize(spool.keepFree)} stay free, commits every ${showDuration(spool.commitEvery)}`,
    ...sendLines(found),
    `control    ${config.control}`,
    "",
    ...sensors.flatMap(({ channels, ...sensor }) => [...sensorLines(sensor), ...channels.map(seriesLine)]),
    "",
    totalLine(config, found),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** What sets its own pace is in no rate: it comes as fast as its source gives it. */
function totalLine({ sensors }: AgentConfig, { readings_per_minute, bytes_per_day }: Overview): string {
  const free = sensors.filter(({ every, cron }) => every === undefined && cron === undefined).map(({ name }) => name);
  const known = `at most ${readings_per_minute} readings a minute, about ${showSize(bytes_per_day)} a day at 1 byte a reading`;
  if (free.length === 0) return known;
  const own = `${free.join(", ")}: as fast as the source gives them`;
  return free.length === sensors.length ? own : `${known}; beside them ${own}`;
}

function labelLines(labels: Labels): readonly string[] {
  const all = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return all.length === 0 ? [] : [`labels     ${all.join(", ")}`];
}

function sendLines({ send: { every, schedule, between, max_readings } }: Overview): readonly string[] {
  const [when, times] = schedule === undefined ? [`every ${every}`] : scheduleLines(schedule);
  return [
    `sends      ${when}, or ${max_readings} readings`,
    ...(times === undefined ? [] : [`           ${times}`]),
    ...(between === undefined ? [] : [`           only ${between}; urgent readings at any time`]),
  ];
}

function sensorLines({ name, driver, every, schedule, offset }: Omit<Overview["sensors"][number], "channels">): readonly string[] {
  const [when, times] = schedule === undefined ? [every === undefined ? "at its own pace" : `every ${every}`] : scheduleLines(schedule);
  const title = `${name}  (${driver}, ${when}${offset === undefined ? "" : `, ${offset} behind`})`;
  return times === undefined ? [title] : [title, `  ${times}`];
}

function seriesLine({ series, unit, readings_per_minute: rate, sampling, filters, urgent }: SeriesOverview): string {
  const pace = rate === undefined ? "" : `${sampling === "on_change" ? "at most " : ""}${rate} a minute`;
  return `  ${series.padEnd(40)} ${unit.padEnd(6)} ${pace.padEnd(20)} ${[...filters, ...(urgent === undefined ? [] : [`urgent ${urgent}`])].join(", ")}`.trimEnd();
}

function round(value: number): number {
  return value >= 1 ? Math.round(value * 100) / 100 : Number(value.toPrecision(2));
}
