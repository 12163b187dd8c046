import { expect, test } from "vitest";
import { type PulseStatus, pulseOf } from "../../agent/pulse.ts";
import { micros } from "../../protocol/index.ts";

const SECOND = 1_000_000;
const NOW = micros(1_000 * SECOND);
const PATIENCE = micros(60 * SECOND);

function status(due: readonly number[], phase: "open" | "down", faulty = -1): PulseStatus {
  const fault = { code: "device_failed", message: "no", hint: undefined };
  const sensors = due.map((seconds, index) => ({
    name: `s${index}`,
    dueAt: micros(NOW + seconds * SECOND),
    lastSampleAt: undefined,
    fault: index === faulty ? fault : undefined,
  }));
  return { sensors, spool: { open: 3, pendingReadings: 40 }, uplink: { phase } } as unknown as PulseStatus;
}

test("an agent at work says what it has, what waits and whether it is connected", () => {
  expect(pulseOf(status([1, 2], "open"), NOW, PATIENCE)).toEqual({
    isMoving: true,
    words: "2 sensors; 43 readings wait; collector connected",
  });
});

test("sensors that fail or hang are named, and neither they nor an absent collector make it stuck", () => {
  expect(pulseOf(status([1, -90, 1], "down", 2), NOW, PATIENCE)).toEqual({
    isMoving: true,
    words: "3 sensors (in trouble: s1, s2); 43 readings wait; collector not connected",
  });
});

test("an agent that is stuck says since when, by sensor", () => {
  expect(pulseOf(status([-90, -61], "open"), NOW, PATIENCE)).toEqual({
    isMoving: false,
    words: "stuck: no sensor answers (s0 for 90 s, s1 for 61 s)",
  });
});
