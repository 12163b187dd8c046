import { describe, expect, test } from "vitest";
import { epochMicros, MICROS_PER_DAY, micros } from "../../protocol/index.ts";
import { start, startAt } from "../../simulators/waveforms/index.ts";

const NOW = epochMicros(1_793_491_203_456_789); // 2026-11-01T00:00:03.456789Z
const SECOND = micros(1_000_000);

describe("where a replay begins", () => {
  test.each([
    ["2026-11-01T00:00:00Z", 1_793_491_200_000_000],
    ["2026-11-01T01:00:00+01:00", 1_793_491_200_000_000],
    ["2026-11-01T00:00:00.500Z", 1_793_491_200_000_000], // on the grid of the step
    ["now", 1_793_491_203_000_000],
    ["now-1d", 1_793_491_203_000_000 - MICROS_PER_DAY],
  ])("%s is understood", (text, at) => {
    expect(startAt(start().parse(text), NOW, SECOND)).toBe(at);
  });

  test.each([
    ["2026-11-01", "did you mean 2026-11-01T00:00:00Z?"],
    ["2026-11-01 12:30", "did you mean 2026-11-01T12:30Z?"],
    ["2026-11-01T12:30:00", "did you mean 2026-11-01T12:30:00Z?"],
    ["yesterday", 'got "yesterday"'],
    ["now+1d", 'got "now+1d"'],
    ["now-7", 'got "now-7"'],
    ["2026-02-30T00:00:00Z", 'got "2026-02-30T00:00:00Z"'],
  ])("%s is refused, with what was meant", (text, message) => {
    const parsed = start().safeParse(text);
    expect(parsed.error?.issues[0]?.message).toContain(message);
    expect(parsed.error?.issues[0]?.message).toContain("expected an instant like 2026-11-01T00:00:00Z, or now-7d");
  });
});
