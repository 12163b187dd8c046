import { expect, test } from "vitest";
import { rememberFaults } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";

test("warnings and errors are remembered, the same one counts up, the newest is last, and all are passed on", async () => {
  const time = manualClock();
  const passed = quietLog();
  const log = rememberFaults(passed, time.clock);
  log.info({}, "said and forgotten");
  log.warn({ code: "unreachable" }, "no collector");
  log.error({}, "no disk");
  await time.advance(1_000_000);
  log.warn({ code: "unreachable" }, "no collector");
  expect(log.recent()).toEqual([
    { at: "2026-01-01T00:00:00.000Z", level: "error", code: undefined, message: "no disk", times: 1 },
    { at: "2026-01-01T00:00:01.000Z", level: "warn", code: "unreachable", message: "no collector", times: 2 },
  ]);
  expect(passed.entries).toHaveLength(4);
});

test("at most fifty are remembered, the newest", () => {
  const log = rememberFaults(quietLog(), manualClock().clock);
  for (let i = 0; i < 1_000; i++) log.warn({}, `trouble ${i}`);
  expect(log.recent().map(({ message }) => message)).toEqual(Array.from({ length: 50 }, (_, i) => `trouble ${950 + i}`));
});
