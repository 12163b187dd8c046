import { expect, test } from "vitest";
import { testSensors } from "../../../agent/commands/test.ts";
import type { SensorConfig } from "../../../agent/config/config.ts";
import type { Sample } from "../../../agent/sensors/contract.ts";
import { Fault } from "../../../protocol/index.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { agentConfig, channel, polled, scripted, sensor } from "../../support/sampling.ts";

function one(name: string, read: () => Promise<Sample>, channels: SensorConfig["channels"] = [channel("t")]): SensorConfig {
  return sensor(
    name,
    scripted(() => polled(read, name)),
    { channels },
  );
}

function start(sensors: readonly SensorConfig[], options: { sensor?: string; json?: boolean } = {}) {
  const time = manualClock();
  const random = { fraction: () => 0.5, bytes: (count: number) => new Uint8Array(count) };
  const written: string[] = [];
  const environment = { clock: time.clock, random, log: quietLog() };
  const code = testSensors(
    agentConfig(sensors),
    { sensor: options.sensor, json: options.json ?? false },
    environment,
    (text) => void written.push(text),
  );
  return { time, code, text: () => written.join("") };
}

const filters = [{ calibrate: { offset: 1 } }, { range: { max: 20 } }, { deadband: { width: 1 } }];
const warm = () => one("air", async () => ({ values: { t: 20.5 } }), [channel("t", filters), channel("rh")]);

test("shows the raw value, what each filter made of it, and the result", async () => {
  const run = start([warm()]);
  expect(await run.code).toBe(0);
  expect(run.text()).toBe(
    [
      "air (scripted): ok",
      "  t: 20.5 Cel",
      "    calibrate: 21.5, good",
      "    range: 21.5, bad, out_of_range",
      "    deadband: 21.5, bad",
      "    result: 21.5 Cel, bad",
      "  rh: no value in this reading (some need two)",
      "",
    ].join("\n"),
  );
});

test("a reading that ends in a filter shows where and why", async () => {
  const run = start([
    one("sum", async () => ({ values: { t: 1 } }), [channel("t", [{ aggregate: { every: "1m" } }])]),
    one("nan", async () => ({ values: { t: Number.NaN } })),
  ]);
  expect(await run.code).toBe(0);
  expect(run.text()).toContain("aggregate: held in its window\n    result: nothing kept yet");
  expect(run.text()).toContain("nan (scripted): answers, but no number comes of t\n");
  expect(run.text()).toContain("sum (scripted): ok\n");
  expect(run.text()).toContain("dropped, not_finite");
});

test("a sensor that fails shows its fault and what to do, the others are read, and the exit code is 1", async () => {
  const broken = one("soil", async () => {
    throw new Fault("device_missing", "soil: expected it to be there", { hint: "plug it in" });
  });
  const run = start([broken, warm()]);
  expect(await run.code).toBe(1);
  expect(run.text()).toMatch(/soil \(scripted\): FAILED\n {2}soil: expected it to be there\n {2} *-> plug it in\nair \(scripted\): ok/);
});

test("a sensor that does not answer is given up after ten seconds", async () => {
  const run = start([one("hung", () => new Promise(() => {}))]);
  await run.time.advance(10_000_000);
  expect(await run.code).toBe(1);
  expect(run.text()).toContain("expected an answer within 10 s");
});

test("--json says the same to a program", async () => {
  const run = start([warm()], { json: true, sensor: "air" });
  expect(await run.code).toBe(0);
  expect(JSON.parse(run.text())).toMatchObject({
    ok: true,
    sensors: [
      { sensor: "air", channels: [{ channel: "t", raw: { value: 20.5 }, result: { value: 21.5, quality: "bad" } }, { channel: "rh" }] },
    ],
  });
});

test("an unknown sensor is refused with those that there are", async () => {
  await expect(start([warm()], { sensor: "soil" }).code).rejects.toMatchObject({ code: "unknown_sensor", hint: "there is: air" });
});
