import { expect, test } from "vitest";
import { TrustedClock, type TrustOptions } from "../../../agent/clock/trusted-clock.ts";
import { epochMicros, micros } from "../../../protocol/index.ts";
import { type ManualClock, manualClock, NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { type Machine, machine } from "./machine.ts";

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const MINUTE = 60 * SECOND;
const BUILT = epochMicros(NEW_YEAR_2026 - 30 * 24 * HOUR);
const IN_1970 = epochMicros(5 * SECOND);
const IN_2100 = epochMicros(4_102_444_800 * SECOND);

interface Bench {
  readonly time: ManualClock;
  readonly trusted: TrustedClock;
  /** The trusted time as microseconds off the true one; undefined where there is none. */
  error(): number | undefined;
  step(by: number): void;
}

/** @param wall what the machine shows at first; the true time is new year 2026. */
function bench({ root }: Machine, trust: TrustOptions["trust"], wall = NEW_YEAR_2026, newestSeal = epochMicros(0)): Bench {
  const time = manualClock({ wall });
  const trueOffset = NEW_YEAR_2026 - time.clock.monotonic();
  const trusted = new TrustedClock(time.clock, { trust, root, builtAt: BUILT, newestSeal });
  return {
    time,
    trusted,
    error() {
      const offset = trusted.trustedOffset();
      return offset === undefined ? undefined : offset - trueOffset;
    },
    step: (by) => time.setWall(epochMicros(time.clock.wall() + by)),
  };
}

/** The collector's hello-ack, `wrong` microseconds off the truth, after a round trip. */
function hear({ trusted, time }: Bench, { wrong = 0, isTrusted = true, roundTrip = 0 } = {}): void {
  const now = NEW_YEAR_2026 + time.clock.monotonic() - START;
  trusted.hearCollector(epochMicros(now - roundTrip / 2 + wrong), isTrusted, roundTrip);
}
const START = manualClock().clock.monotonic();

test("auto believes a machine with a clock of its own at once, and a machine without one never", async () => {
  await using dir = await tempDir();
  expect(bench(machine(dir, "rtc"), "auto").trusted.report().source).toBe("system");
  expect(bench(machine(dir, "hypervisor"), "auto").trusted.report().source).toBe("system");
  expect(bench(machine(dir, "bare"), "auto").trusted.report()).toEqual({ source: "none", offset: undefined });
});

test("auto believes a machine without a clock of its own once NTP or the collector gave it the time", async () => {
  await using dir = await tempDir();
  const pi = machine(dir, "bare");
  const greeted = bench(pi, "auto", IN_1970);
  hear(greeted, { roundTrip: 40_000 });
  expect([greeted.trusted.report().source, greeted.error()]).toEqual(["collector", 0]);

  const synced = bench(pi, "auto", IN_1970);
  expect(synced.error()).toBeUndefined();
  pi.synchronise();
  synced.time.setWall(epochMicros(NEW_YEAR_2026));
  await synced.time.advance(SECOND);
  expect(synced.trusted.report().source).toBe("ntp");
});

test("ntp believes nothing but a synchronised clock", async () => {
  await using dir = await tempDir();
  const box = machine(dir, "rtc");
  const agent = bench(box, "ntp");
  hear(agent);
  expect(agent.error()).toBeUndefined();
  box.synchronise();
  await agent.time.advance(SECOND);
  expect([agent.trusted.report().source, agent.error()]).toEqual(["ntp", 0]);
});

test("collector believes nothing but the collector, however sure the machine is of itself", async () => {
  await using dir = await tempDir();
  const box = machine(dir, "rtc");
  box.synchronise();
  const agent = bench(box, "collector", IN_2100);
  expect(agent.error()).toBeUndefined();
  hear(agent, { roundTrip: SECOND });
  expect([agent.trusted.report().source, agent.error()]).toEqual(["collector", 0]);
});

test("the collector is needed where its word would count, and only until it was heard", async () => {
  await using dir = await tempDir();
  const pi = machine(dir, "bare");
  for (const trust of ["auto", "collector"] as const) {
    const agent = bench(pi, trust, IN_1970);
    expect(agent.trusted.needsCollector()).toBe(true);
    hear(agent);
    expect(agent.trusted.needsCollector()).toBe(false);
  }
  for (const trust of ["ntp", "system"] as const) expect(bench(pi, trust, IN_1970).trusted.needsCollector()).toBe(false);
});

test("system follows the wall clock, steps and all, for a person has vouched for it", async () => {
  await using dir = await tempDir();
  const agent = bench(machine(dir, "bare"), "system");
  expect(agent.error()).toBe(0);
  agent.step(-HOUR);
  expect(agent.error()).toBe(-HOUR);
  hear(agent);
  expect(agent.error()).toBe(-HOUR);
});

test.for(["auto", "system", "ntp"] as const)("%s believes no clock that shows less than the build date", async (trust) => {
  await using dir = await tempDir();
  const box = machine(dir, "rtc");
  box.synchronise();
  const agent = bench(box, trust, IN_1970);
  expect(agent.error()).toBeUndefined();
  agent.time.setWall(epochMicros(NEW_YEAR_2026));
  expect(agent.error()).toBe(0);
});

test("an RTC behind the newest seal has lost the time; NTP and the collector may still say so", async () => {
  await using dir = await tempDir();
  const box = machine(dir, "rtc");
  const newestSeal = epochMicros(NEW_YEAR_2026 + HOUR);
  const alone = bench(box, "auto", NEW_YEAR_2026, newestSeal);
  expect(alone.error()).toBeUndefined();
  hear(alone);
  expect([alone.trusted.report().source, alone.error()]).toEqual(["collector", 0]);

  box.synchronise();
  expect(bench(box, "auto", NEW_YEAR_2026, IN_2100).error(), "a spool that once saw 2100 does not wait for 2100").toBe(0);
});

test("jitter below 250 ms holds the offset to the microsecond; a slew is followed", async () => {
  await using dir = await tempDir();
  const agent = bench(machine(dir, "rtc"), "auto");
  expect(agent.error()).toBe(0);
  for (const jitter of [249_000, -249_000, -200_000, 200_000]) {
    agent.step(jitter);
    expect(agent.error()).toBe(0);
  }
  agent.step(200_000);
  expect(agent.error()).toBe(0);
  agent.step(200_000);
  expect(agent.error()).toBe(400_000);
});

test("a bare step of the wall clock changes nothing, forth and back", async () => {
  await using dir = await tempDir();
  for (const hardware of ["rtc", "hypervisor"] as const) {
    const agent = bench(machine(dir, hardware), "auto");
    expect(agent.error()).toBe(0);
    for (const step of [HOUR, -HOUR, -24 * HOUR, 60 * 24 * HOUR]) {
      agent.step(step);
      await agent.time.advance(5 * SECOND);
      expect(agent.error()).toBe(0);
    }
  }
});

test("a step is taken over once NTP synchronised behind it, and not on the strength of an older mark", async () => {
  await using dir = await tempDir();
  const box = machine(dir, "bare");
  box.synchronise();
  const agent = bench(box, "auto", epochMicros(NEW_YEAR_2026 - HOUR));
  expect(agent.error()).toBe(-HOUR);
  agent.step(HOUR);
  await agent.time.advance(5 * SECOND);
  expect(agent.error()).toBe(-HOUR);
  box.synchronise();
  await agent.time.advance(SECOND);
  expect(agent.error()).toBe(0);
  box.loseSynchronisation();
  await agent.time.advance(SECOND);
  agent.step(HOUR);
  expect(agent.error(), "what was trusted is held when the mark goes").toBe(0);
});

test("a step is taken over once the collector confirms it", async () => {
  await using dir = await tempDir();
  const agent = bench(machine(dir, "rtc"), "auto", epochMicros(NEW_YEAR_2026 - HOUR));
  expect(agent.error()).toBe(-HOUR);
  agent.step(HOUR);
  expect(agent.error()).toBe(-HOUR);
  hear(agent, { roundTrip: SECOND, wrong: 900_000 });
  expect([agent.trusted.report().source, agent.error()]).toEqual(["system", 0]);
});

test("the collector's time is accepted with an error under 2 s, and only where it trusts itself", async () => {
  await using dir = await tempDir();
  const pi = machine(dir, "bare");
  const slow = bench(pi, "auto", IN_1970);
  hear(slow, { roundTrip: 4 * SECOND + 2 });
  expect(slow.error()).toBeUndefined();
  hear(slow, { roundTrip: 4 * SECOND, wrong: 1_500_000 });
  expect(slow.error()).toBe(1_500_000);

  const unsure = bench(pi, "auto", IN_1970);
  hear(unsure, { isTrusted: false });
  expect(unsure.error()).toBeUndefined();
});

test("a later hello moves the offset only by more than it may be wrong by itself", async () => {
  await using dir = await tempDir();
  const agent = bench(machine(dir, "bare"), "auto", IN_1970);
  hear(agent);
  hear(agent, { roundTrip: 2 * SECOND, wrong: -SECOND });
  expect(agent.error()).toBe(0);
  hear(agent, { roundTrip: 2 * SECOND, wrong: -2 * SECOND });
  expect(agent.error()).toBe(-2 * SECOND);
});

test("after ten minutes without anything better, an unsure collector's time seals as suspect", async () => {
  await using dir = await tempDir();
  const agent = bench(machine(dir, "bare"), "auto", IN_1970);
  const began = agent.time.clock.monotonic();
  hear(agent, { isTrusted: false });
  await agent.time.advance(10 * MINUTE - 1);
  expect(agent.trusted.sealingOffset(began)).toBeUndefined();
  await agent.time.advance(1);
  expect(agent.trusted.sealingOffset(began)).toEqual({ offset: NEW_YEAR_2026 - START, suspect: true });
  hear(agent);
  expect(agent.trusted.sealingOffset(began)).toEqual({ offset: NEW_YEAR_2026 - START, suspect: false });
});

test("an unsure collector that shows less than the build date is no better than nothing", async () => {
  await using dir = await tempDir();
  const agent = bench(machine(dir, "bare"), "auto", IN_1970);
  agent.trusted.hearCollector(IN_1970, false, 0);
  await agent.time.advance(60 * MINUTE);
  expect(agent.trusted.sealingOffset(micros(0))).toBeUndefined();
});

test("now is the trusted time, and the wall clock's where nothing is trusted", async () => {
  await using dir = await tempDir();
  const agent = bench(machine(dir, "bare"), "auto", IN_1970);
  expect(agent.trusted.now()).toBe(IN_1970);
  hear(agent);
  expect(agent.trusted.now()).toBe(NEW_YEAR_2026);
});
