/**
 * made-up-status: the status of an agent that does not run, for what shows it to people.
 */
import type { AgentStatus } from "../../../agent/agent.ts";
import { epochMicros, MICROS_PER_SECOND, micros, NO_TOTALS } from "../../../protocol/index.ts";

export const NOW = { wall: epochMicros(1_795_183_944_000_000), monotonic: micros(500 * MICROS_PER_SECOND) };
const NO_TALLY = { read: 7, derived: 0, summarised: 0, inWindow: 0, filtered: {}, marked: {}, dropped: {}, skipped: 0, failed: {} };

export function status(): AgentStatus {
  const air = {
    name: "air",
    driver: "iio",
    bus: "i2c",
    activity: "running",
    fault: undefined,
    busySince: undefined,
    dueAt: undefined,
    tally: NO_TALLY,
  } as const;
  const NO_TROUBLE = { trouble: undefined, refusal: undefined, remedy: undefined, isRefused: false, hasNamesake: false };
  return {
    agent: "greenhouse-1",
    version: "1.0.0",
    clock: { source: "ntp", offset: 5, collectorAhead: 0 },
    uplink: {
      phase: "open",
      url: "mqtt://c:1883",
      isGateOpen: true,
      inFlight: 1,
      ackedBatches: 4,
      lastAckAgoMs: 3_000,
      ...NO_TROUBLE,
    },
    spool: {
      path: "/s.db",
      usedBytes: 250e6,
      maxBytes: 2e9,
      allowedBytes: 1e9,
      open: 3,
      pendingBatches: 2,
      pendingReadings: 40,
      pendingBytes: 80,
      historyBatches: 1,
      historyBytes: 40,
      damagedBatches: 0,
      oldestPending: NOW.wall - 90 * MICROS_PER_SECOND,
      totals: NO_TOTALS,
    },
    dropping: undefined,
    sensors: [
      {
        ...air,
        lastSampleAt: micros(499.5 * MICROS_PER_SECOND),
        channels: [
          { name: "temperature", unit: "Cel", value: 21.123_456_789, quality: "good" },
          { name: "humidity", unit: "%RH", value: 99, quality: "bad" },
        ],
      },
      {
        ...air,
        name: "boiler",
        activity: "waiting",
        lastSampleAt: undefined,
        fault: { code: "device_missing", message: "/sys/bus/w1: \u001B]0;evil\u0007 nothing there", hint: undefined },
        channels: [{ name: "temperature", unit: "Cel", value: null, quality: null }],
      },
    ],
    pace: { readingsPerSecond: { air: 2 }, sealedBytesPerHour: 1e6, writtenBytesPerDay: 12e6, hoursLeft: 750 },
    recentFaults: [{ at: "2026-11-20T14:12:24.000Z", level: "error", code: "x", message: "something went wrong", times: 3 }],
    account: { ...NO_TOTALS, read: 7, sealed: 7, balanced: true },
    idle: false,
  };
}
