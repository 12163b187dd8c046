/**
 * top-view: the status of a running agent as lines for a terminal, no wider and no more than it has room for.
 *
 * A pure function of the status and two clocks. What comes from a config or a device is shown without control
 * characters.
 */
import { type EpochMicros, isoInstant, MICROS_PER_SECOND, type Micros, printable, showSize } from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";

export interface TopSize {
  readonly columns: number;
  readonly rows: number;
}

export interface TopTimes {
  readonly wall: EpochMicros;
  readonly monotonic: Micros;
}

export interface TopLine {
  readonly text: string;
  /** `bad` = somebody should look. */
  readonly tone: "title" | "plain" | "bad";
}

type Sensor = AgentStatus["sensors"][number];

const MOST_FAULTS = 5;
const BAR = 20;

export function topLines(status: AgentStatus, times: TopTimes, size: TopSize): readonly TopLine[] {
  const lines = [...headLines(status, times), plain(""), ...sensorLines(status, times), ...faultLines(status)];
  const cut =
    lines.length > size.rows
      ? [...lines.slice(0, Math.max(0, size.rows - 1)), plain(`... ${lines.length - size.rows + 1} more lines`)]
      : lines;
  return cut.map(({ text, tone }) => ({ text: fitted(text, size.columns), tone }));
}

function headLines({ agent, version, clock, uplink, spool, pace, account }: AgentStatus, { wall }: TopTimes): readonly TopLine[] {
  const ack = uplink.lastAckAgoMs === undefined ? "no ack yet" : `last ack ${ago(uplink.lastAckAgoMs / 1_000)}`;
  const refusal = uplink.refusal === undefined ? "" : `: ${uplink.refusal}`;
  const isOpen = uplink.phase === "open";
  const link = isOpen
    ? `connected to ${uplink.url}, ${ack}, ${uplink.inFlight} in flight${refusal}`
    : `${uplink.phase}: ${uplink.trouble ?? `connecting to ${uplink.url}`}; ${ack}`;
  const oldest =
    spool.oldestPending === undefined ? "nothing waits" : `oldest unsent ${ago((wall - spool.oldestPending) / MICROS_PER_SECOND)}`;
  return [
    { text: `${agent}  ${isoInstant(wall).slice(0, 19)}Z  version ${version}`, tone: "title" },
    { text: `uplink   ${link}`, tone: isOpen && refusal === "" ? "plain" : "bad" },
    {
      text: `clock    ${clock.offset === undefined ? "not trusted yet: readings wait to be sealed" : `trusted by ${clock.source}`}`,
      tone: clock.offset === undefined ? "bad" : "plain",
    },
    plain(
      `spool    ${bar(spool.usedBytes / spool.allowedBytes)} ${showSize(spool.usedBytes)} of ${showSize(spool.allowedBytes)}, ${spool.open} open, ${spool.pendingReadings} unsent, ${oldest}`,
    ),
    plain(`pace     ${describePace(pace)}`),
    {
      text: `account  ${account.read + account.derived} in, ${account.sealed} sealed, ${account.filtered + account.summarised} filtered, ${account.dropped} dropped: ${account.balanced ? "balances" : "DOES NOT BALANCE"}`,
      tone: account.balanced ? "plain" : "bad",
    },
  ];
}

function sensorLines({ sensors, pace }: AgentStatus, { monotonic }: TopTimes): readonly TopLine[] {
  const rows = sensors.flatMap((sensor) => {
    const rate = pace.readingsPerSecond[sensor.name];
    const last = sensor.lastSampleAt === undefined ? "never" : ago((monotonic - sensor.lastSampleAt) / MICROS_PER_SECOND);
    return sensor.channels.map((channel, index) => ({
      cells: [
        index === 0 ? sensor.name : "",
        channel.name,
        showValue(channel),
        index === 0 ? showRate(rate) : "",
        index === 0 ? last : "",
        index === 0 ? stateOf(sensor) : "",
      ],
      tone: (sensor.fault === undefined ? "plain" : "bad") as TopLine["tone"],
    }));
  });
  const head = ["sensor", "channel", "value", "readings/s", "last", "state"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(({ cells }) => (cells[column] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (isNumeric(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [{ text: line(head), tone: "title" }, ...rows.map(({ cells, tone }) => ({ text: line(cells), tone }))];
}

function faultLines({ recentFaults }: AgentStatus): readonly TopLine[] {
  if (recentFaults.length === 0) return [];
  const lines = recentFaults
    .slice(-MOST_FAULTS)
    .reverse()
    .map(({ at, level, message, times }): TopLine => {
      const often = times > 1 ? ` (${times} times)` : "";
      return { text: `${at.slice(11, 19)}  ${level.padEnd(5)}  ${message}${often}`, tone: level === "error" ? "bad" : "plain" };
    });
  return [plain(""), { text: "warnings and errors, newest first (UTC)", tone: "title" }, ...lines];
}

function isNumeric(column: number): boolean {
  return column >= 2 && column <= 4;
}

function stateOf({ activity, fault, busySince }: Sensor): string {
  if (fault !== undefined) return `${activity}: ${fault.message}`;
  return busySince === undefined || activity !== "running" ? activity : "running, being read";
}

function showValue({ value, unit, quality }: Sensor["channels"][number]): string {
  if (value === null) return "-";
  const shown = typeof value === "string" ? value : Number(value.toPrecision(6));
  return `${shown}${unit === "1" ? "" : ` ${unit}`}${quality === "good" || quality === null ? "" : ` ${quality}`}`;
}

/** Readings of all channels together. */
function showRate(rate: number | undefined): string {
  return rate === undefined ? "-" : rate.toFixed(rate < 10 ? 2 : 0);
}

/** How long the spool would last, and what the disk takes for it. */
export function describePace({ hoursLeft, writtenBytesPerDay }: AgentStatus["pace"]): string {
  return `${lasting(hoursLeft)}, ${daily(writtenBytesPerDay)}`;
}

function lasting(hours: number | undefined): string {
  if (hours === undefined) return "how long the spool lasts is not known before something was sealed";
  if (hours < 48) return `without the collector the spool lasts ${hours.toFixed(1)} hours`;
  return `without the collector the spool lasts ${hours < 24_000 ? `${Math.floor(hours / 24)} days` : "years"}`;
}

function daily(bytes: number | undefined): string {
  return bytes === undefined ? "bytes written a day not known yet" : `${showSize(Math.round(bytes))} written to the disk a day`;
}

function ago(seconds: number): string {
  const whole = Math.max(0, seconds);
  if (whole < 10) return `${whole.toFixed(1)} s ago`;
  if (whole < 120) return `${whole.toFixed(0)} s ago`;
  if (whole < 7_200) return `${Math.floor(whole / 60)} min ago`;
  return whole < 172_800 ? `${Math.floor(whole / 3_600)} h ago` : `${Math.floor(whole / 86_400)} days ago`;
}

function bar(share: number): string {
  const full = Math.min(BAR, Math.max(0, Math.round(share * BAR)));
  return `[${"#".repeat(full)}${".".repeat(BAR - full)}]`;
}

function fitted(text: string, columns: number): string {
  const characters = [...printable(text).replaceAll("\n", "; ")];
  return characters.length <= columns ? characters.join("") : `${characters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}

function plain(text: string): TopLine {
  return { text, tone: "plain" };
}
