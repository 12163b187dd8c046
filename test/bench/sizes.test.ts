import { describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { cut, onGrid, sealer } from "./batches.ts";
import { bme280Pair } from "./data-sets/bme280-pair.ts";
import type { DataSet, Recording } from "./data-sets/recording.ts";
import { roomClimate } from "./data-sets/room-climate.ts";
import { tracebasePower } from "./data-sets/tracebase-power.ts";
import { gorillaBitsPerValue, gorillaBytes } from "./gorilla.ts";
import { sample } from "./wire.ts";

const BATCHES = 300;
const LONG_MS = 60_000;

describe("a batch, header and all", () => {
  it("takes at most 0.80 and 0.50 bytes a reading of a BME280, 60 and 600 a channel", () => {
    expectSmall(bme280Pair(needs("data:bme280_pair")), 0.8, 0.5);
  });

  it(
    "takes at most 1.5 and 1.3 bytes a reading of room nodes, and 1.15 and 0.95 on their grid",
    () => {
      needs("xz");
      const rooms = roomClimate(needs("data:room_climate"));
      expectSmall(rooms, 1.5, 1.3);
      expectSmall({ ...rooms, recordings: rooms.recordings.map((recording) => onGrid(recording, 4_000_000)) }, 1.15, 0.95);
    },
    LONG_MS,
  );

  it(
    "takes at most 0.80 and 0.35 bytes a reading of smart plugs",
    () => {
      needs("xz");
      expectSmall(tracebasePower(needs("data:tracebase_power")), 0.8, 0.35);
    },
    LONG_MS,
  );

  it("takes at most 0.80 and 0.50 bytes a reading of a generated sensor of three channels", () => {
    expectSmall(generatedSensor(), 0.8, 0.5);
  });
});

describe("the yardstick", () => {
  it("says of a constant series on a grid what the paper says: a bit an instant and a bit a value", () => {
    const at = Float64Array.from({ length: 102 }, (_, i) => 1_790_000_000_000_000 + i * 1_000_000);
    const channels = [new Float64Array(102).fill(21.5)];
    expect(gorillaBytes({ at, channels })).toBe(Math.ceil((64 + 14 + 100 + 64 + 101) / 8));
  });

  it("takes a window again where the bits that differ lie inside it", () => {
    // 12 and 24 differ in one exponent bit: 2 + 5 + 6 bits for the window, 1 for the bit; back to 12 inside it: 2 + 1.
    expect(gorillaBitsPerValue(Float64Array.of(12, 24, 12), 3) * 3).toBe(64 + 14 + 3);
  });
});

function expectSmall(dataSet: DataSet, at60: number, at600: number): void {
  for (const [count, limit] of [
    [60, at60],
    [600, at600],
  ] as const) {
    const parts = sample(cut(dataSet.recordings, count), BATCHES);
    const seal = sealer(dataSet, 100);
    const bytes = parts.reduce((sum, part) => sum + seal(part).bytes.length, 0);
    expect(bytes / (parts.length * count * dataSet.channels.length), `${dataSet.name}, ${count} a channel`).toBeLessThanOrEqual(limit);
  }
}

/** Temperature, humidity and pressure that wander by hundredths, as a BME280 has them at one reading a second. */
function generatedSensor(): DataSet {
  const random = seededRandom("generated sensor", 7);
  const wander = (start: number, noise: number): Float64Array => {
    let level = start;
    return Float64Array.from({ length: 6_000 }, () => {
      level += (random.fraction() - 0.5) / 2;
      return Math.round(level + (random.fraction() + random.fraction() - 1) * noise) / 100;
    });
  };
  const at = Float64Array.from({ length: 6_000 }, (_, i) => 1_790_000_000_000_000 + i * 1_000_000);
  const recording: Recording = { at, channels: [wander(2_150, 1), wander(4_500, 5), wander(101_325, 6)] };
  const channels = [
    ["temperature", "Cel"],
    ["humidity", "%RH"],
    ["pressure", "hPa"],
  ] as const;
  return { name: "generated sensor", channels, recordings: [recording] };
}
