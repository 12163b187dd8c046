/**
 * What `status` tells people of an agent whose status is made up here.
 */
import { expect, test } from "vitest";
import { describeStatus } from "../../../agent/commands/status.ts";
import { status } from "./made-up-status.ts";

test("a clock that is seconds off the collector's is told of, with the direction; one of milliseconds is not", () => {
  const clockLine = (collectorAhead: number) => {
    const words = describeStatus({ ...status(), clock: { source: "ntp", offset: 5, collectorAhead } });
    return words.split("\n").find((line) => line.startsWith("clock"));
  };
  expect(clockLine(3_000)).toBe("clock     trusted (ntp)");
  expect(clockLine(-3_600e6)).toContain("3600 s AHEAD OF the collector's -> compare both machines");
  expect(clockLine(60e6)).toContain("60 s BEHIND the collector's");
});

test("a collector that takes nothing is told of beside the connection", () => {
  const { uplink } = status();
  expect(describeStatus({ ...status(), uplink: { ...uplink, refusal: "the collector takes no batches: busy" } })).toContain(
    "connected to mqtt://c:1883, but the collector takes no batches: busy",
  );
});
