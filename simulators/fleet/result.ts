/**
 * result: what a fleet's run came to, for programs and for people.
 */
import type { FleetCheck } from "./check.ts";
import type { FleetStatus, Trouble } from "./fleet.ts";

export interface FleetResult extends Omit<FleetStatus, "phase"> {
  readonly event: "result";
  readonly agents: number;
  /** Stretches in which not everybody was connected and answered in time. */
  readonly troubles: readonly Trouble[];
  /** Of this process. */
  readonly rss_mb: number;
  readonly cpu_percent: number;
  /** null where nobody was asked. */
  readonly check: FleetCheck | null;
  readonly balanced: boolean;
}

/** One line for somebody who watches. */
export function progressLine({ phase, at_s, started, connected, ...status }: FleetStatus): string {
  const failures = Object.values(status.failures).reduce((sum, count) => sum + count, 0);
  return [
    `${Math.round(at_s)} s ${phase}`,
    `connected ${number(connected)} of ${number(started)}`,
    `batches sent ${number(status.sealed_batches)}, acked ${number(status.acked_batches)}, waiting ${number(status.waiting_batches)}`,
    `ack p50 ${ms(status.ack_p50_ms)}, p99 ${ms(status.ack_p99_ms)}`,
    `reconnects ${number(status.reconnects)}, failures ${number(failures)}`,
  ].join("  ");
}

export function resultTable(result: FleetResult): string {
  const { check, failures, troubles } = result;
  const silent = result.silent === 0 ? "" : `, ${number(result.silent)} had nothing to send in this time`;
  const rows: [string, string][] = [
    [
      "agents",
      `${number(result.agents)}, ${number(result.connected)} connected at the end, ${number(result.reconnects)} reconnects${silent}`,
    ],
    ["batches", `${number(result.sealed_batches)} sent, ${number(result.acked_batches)} acked`],
    ["ack", `p50 ${ms(result.ack_p50_ms)}, p99 ${ms(result.ack_p99_ms)}`],
    [
      "failures",
      Object.entries(failures)
        .map(([code, count]) => `${code} ${number(count)}`)
        .join(", ") || "none",
    ],
    ["troubles", troubles.map(({ from_s, seconds }) => `${seconds.toFixed(1)} s from second ${Math.round(from_s)}`).join(", ") || "none"],
    ["this process", `${Math.round(result.rss_mb)} MB, ${Math.round(result.cpu_percent)} % of a core`],
  ];
  if (check !== null) {
    rows.push(
      ["readings sent", number(check.sent)],
      ["stored", number(check.stored)],
      ["missing", number(check.missing)],
      ["duplicated", number(check.duplicated)],
    );
    if (check.changed + check.foreign > 0) rows.push(["changed", number(check.changed)], ["never sent", number(check.foreign)]);
    rows.push([
      "collector's account",
      Object.entries(check.account)
        .map(([name, count]) => `${name} ${number(count)}`)
        .join(", "),
    ]);
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function ms(value: number | null): string {
  return value === null ? "-" : `${value < 10 ? value.toFixed(1) : number(Math.round(value))} ms`;
}
