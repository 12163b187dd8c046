import { expect, test } from "vitest";
import { SendGate } from "../../../agent/uplink/gate.ts";
import { dailyWindow } from "../../../protocol/calendar.ts";
import { epochMicros } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";

const HOUR = 3_600_000_000;
const at = (iso: string) => epochMicros(Date.parse(iso) * 1_000);

function gateAt(wall: string) {
  const time = manualClock({ wall: at(wall) });
  return { time, gate: new SendGate(dailyWindow("22:00-05:00", "Europe/Berlin"), time.clock) };
}

test("a gate opens and closes with its hours", async () => {
  const { time, gate } = gateAt("2026-11-20T20:30:00Z");
  const seen: boolean[] = [];
  for (let hour = 0; hour < 24; hour++) {
    seen.push(gate.isOpen);
    await time.advance(HOUR);
  }
  expect(seen).toEqual([false, ...Array(7).fill(true), ...Array(16).fill(false)]);
});

test("it follows a clock that is set, in either direction", () => {
  const { time, gate } = gateAt("2026-11-20T12:00:00Z");
  expect(gate.isOpen).toBe(false);
  time.setWall(at("2026-11-20T23:00:00Z"));
  expect(gate.isOpen).toBe(true);
  time.setWall(at("2026-11-20T12:00:00Z"));
  expect(gate.isOpen).toBe(false);
});

test("it is open while somebody holds it open, and without hours", () => {
  const { time, gate } = gateAt("2026-11-20T12:00:00Z");
  const [first, second] = [gate.lift(), gate.lift()];
  first();
  first();
  expect(gate.isOpen).toBe(true);
  second();
  expect(gate.isOpen).toBe(false);
  expect(new SendGate(undefined, time.clock).isOpen).toBe(true);
});
