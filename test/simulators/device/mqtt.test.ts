/**
 * Devices on MQTT as a broker hears them.
 */
import { writeFile } from "node:fs/promises";
import { connectAsync } from "mqtt";
import { describe, expect, test } from "vitest";
import { epochMicros, isoInstant, MICROS_PER_SECOND } from "../../../protocol/index.ts";
import { tasmota } from "../../../simulators/device/mqtt/tasmota.ts";
import { profileOf, seedFor, simulatedSensor } from "../../../simulators/waveforms/index.ts";
import { eventually } from "../../support/eventually.ts";
import { NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { type PlainBroker, plainBroker } from "../../support/plain-broker.ts";
import { type Simulation, simulate } from "../../support/simulate.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** Starts the devices; resolves when their first reports are out. */
async function start(broker: PlainBroker, ...args: readonly string[]): Promise<Simulation> {
  const simulation = simulate("device", "mqtt", "--broker", broker.url, "--seed", "4", "--time-zone", "Europe/Berlin", ...args);
  await untilItWaits(simulation);
  return simulation;
}

async function untilItWaits({ clock }: Simulation): Promise<void> {
  await eventually(
    () => clock.advance(0).then(() => clock.pending().length),
    (count) => count > 0,
    1,
  );
}

const weatherOf = (device: string, seconds = 0) =>
  simulatedSensor(profileOf("weather"), seedFor(4, device)).valuesAt(epochMicros(NEW_YEAR_2026 + seconds * MICROS_PER_SECOND));

const on = (broker: PlainBroker, topic: string) => broker.heard.filter((each) => each.topic === topic);

describe("devices as of Zigbee2MQTT", () => {
  test("say that they are there, what they measured and when, and goodbye", async () => {
    await using broker = await plainBroker();
    const { clock, stop, code, output } = await start(broker, "--kind", "zigbee2mqtt", "--devices", "1");
    await clock.advance(10 * MICROS_PER_SECOND);
    await eventually(
      () => on(broker, "zigbee2mqtt/zigbee2mqtt_1").length,
      (count) => count === 2,
    );
    stop.abort();
    expect(await code).toBe(0);
    expect(output.stdout).toContain("7 messages were published");

    const { temperature, humidity, pressure } = weatherOf("zigbee2mqtt_1");
    const [first, second] = on(broker, "zigbee2mqtt/zigbee2mqtt_1");
    expect(JSON.parse(first?.payload ?? "")).toEqual({
      ...{ temperature, humidity, pressure, last_seen: isoInstant(NEW_YEAR_2026) },
      ...{ battery: expect.any(Number), linkquality: expect.any(Number), voltage: expect.any(Number) },
    });
    expect(JSON.parse(second?.payload ?? "").temperature).toBe(weatherOf("zigbee2mqtt_1", 10).temperature);
    expect([first?.retain, second?.retain]).toEqual([false, false]);
    for (const topic of ["zigbee2mqtt/bridge/state", "zigbee2mqtt/zigbee2mqtt_1/availability"]) {
      expect(on(broker, topic)).toEqual([
        { topic, payload: '{"state":"online"}', retain: true },
        { topic, payload: '{"state":"offline"}', retain: true },
      ]);
    }
    expect(JSON.parse(on(broker, "zigbee2mqtt/bridge/devices")[0]?.payload ?? "")).toMatchObject([
      { friendly_name: "zigbee2mqtt_1", type: "EndDevice" },
    ]);
  });

  test("where the connection breaks the broker says their last will, and they are back by themselves", async () => {
    await using broker = await plainBroker();
    const { stop, code } = await start(broker, "--kind", "zigbee2mqtt", "--devices", "1");
    broker.breakAll();
    const states = () => on(broker, "zigbee2mqtt/bridge/state").map(({ payload }) => JSON.parse(payload).state);
    await eventually(states, (said) => said.length === 3);
    expect(states()).toEqual(["online", "offline", "online"]);
    stop.abort();
    expect(await code).toBe(0);
  });

  test("repeat themselves five times within a second, where that is asked for", async () => {
    await using broker = await plainBroker();
    const simulation = await start(broker, "--kind", "zigbee2mqtt", "--devices", "1", "--fault", "repeat=1");
    for (let turn = 0; turn < 4; turn++) {
      await simulation.clock.advance(MICROS_PER_SECOND / 5);
      await untilItWaits(simulation);
    }
    const said = await eventually(
      () => on(broker, "zigbee2mqtt/zigbee2mqtt_1"),
      (all) => all.length === 5,
    );
    expect(new Set(said.map(({ payload }) => payload)).size).toBe(1);
    simulation.stop.abort();
    expect(await simulation.code).toBe(0);
  });

  test("leave out the time, keep an old message with the broker, go away: each where it is asked for", async () => {
    await using broker = await plainBroker();
    const faults = [
      "no_time=1,devices=zigbee2mqtt_1",
      "stale=1,devices=zigbee2mqtt_2",
      "offline,after=10s,for=10s,devices=zigbee2mqtt_3",
    ].flatMap((fault) => ["--fault", fault]);
    const simulation = await start(broker, "--kind", "zigbee2mqtt", "--devices", "3", ...faults);
    const subscriber = await connectAsync(broker.url);
    const kept: Record<string, unknown>[] = [];
    subscriber.on("message", (_topic, payload, { retain }) => {
      if (retain) kept.push(JSON.parse(payload.toString("utf8")));
    });
    await subscriber.subscribeAsync("zigbee2mqtt/+");
    await eventually(
      () => kept.length,
      (count) => count > 0,
    );
    await subscriber.endAsync();
    expect(kept).toMatchObject([
      { last_seen: "2025-12-31T18:00:00.000Z", temperature: weatherOf("zigbee2mqtt_2", -6 * 3_600).temperature },
    ]);
    for (let turn = 0; turn < 2; turn++) {
      await simulation.clock.advance(10 * MICROS_PER_SECOND);
      await untilItWaits(simulation);
    }
    await eventually(
      () => on(broker, "zigbee2mqtt/zigbee2mqtt_1").length,
      (count) => count === 3,
    );
    expect(on(broker, "zigbee2mqtt/zigbee2mqtt_1").map(({ payload }) => "last_seen" in JSON.parse(payload))).toEqual([false, false, false]);
    expect(on(broker, "zigbee2mqtt/zigbee2mqtt_3").length, "silent while it is away").toBe(2);
    expect(on(broker, "zigbee2mqtt/zigbee2mqtt_3/availability").map(({ payload }) => JSON.parse(payload).state)).toEqual([
      "online",
      "offline",
      "online",
    ]);
    simulation.stop.abort();
    expect(await simulation.code).toBe(0);
    expect(on(broker, "zigbee2mqtt/zigbee2mqtt_2").at(-1), "taken back").toEqual({
      topic: "zigbee2mqtt/zigbee2mqtt_2",
      payload: "",
      retain: true,
    });
  });
});

describe("devices as of Tasmota", () => {
  test("report in local time, answer STATUS 8, and say online and offline", async () => {
    await using broker = await plainBroker();
    const { stop, code } = await start(broker, "--kind", "tasmota", "--devices", "1");
    const asker = await connectAsync(broker.url);
    await asker.publishAsync("cmnd/tasmota_1/STATUS", "8");
    await eventually(
      () => on(broker, "stat/tasmota_1/STATUS8").length,
      (count) => count === 1,
    );
    await asker.endAsync();
    stop.abort();
    expect(await code).toBe(0);

    const { temperature = 0, humidity = 0, pressure = 0 } = weatherOf("tasmota_1");
    const tenths = (value: number) => Number(value.toFixed(1));
    const sensor = JSON.parse(on(broker, "tele/tasmota_1/SENSOR")[0]?.payload ?? "");
    expect(sensor).toEqual({
      Time: "2026-01-01T01:00:00",
      BME280: { Temperature: tenths(temperature), Humidity: tenths(humidity), DewPoint: expect.any(Number), Pressure: tenths(pressure) },
      ...{ PressureUnit: "hPa", TempUnit: "C" },
    });
    expect(JSON.parse(on(broker, "stat/tasmota_1/STATUS8")[0]?.payload ?? "")).toEqual({ StatusSNS: sensor });
    expect(JSON.parse(on(broker, "tele/tasmota_1/STATE")[0]?.payload ?? "")).toMatchObject({ Uptime: "0T00:00:00" });
    expect(on(broker, "tele/tasmota_1/LWT").map(({ payload }) => payload)).toEqual(["Online", "Offline"]);
  });

  test("in the night in which clocks are set back an hour comes twice, and its dew point is that of the air", () => {
    const [board] = tasmota.connections(["shed"], { seed: 1, timeZone: "Europe/Berlin", first: epochMicros(0) });
    const at = (iso: string) => {
      const report = {
        device: "shed",
        at: epochMicros(Date.parse(iso) * 1_000),
        values: { temperature: 20, humidity: 50, pressure: 1_000 },
        hasTime: true,
      };
      return JSON.parse(board?.report(report)[0]?.payload ?? "");
    };
    expect([at("2026-10-25T00:30:00Z").Time, at("2026-10-25T01:30:00Z").Time]).toEqual(["2026-10-25T02:30:00", "2026-10-25T02:30:00"]);
    expect(at("2026-10-25T00:30:00Z").BME280.DewPoint).toBe(9.3); // as meteorologists' tables have it
  });
});

test("a replay is published row for row, as JSON", async () => {
  await using broker = await plainBroker();
  await using dir = await tempDir();
  await writeFile(dir.join("room.csv"), "time,t\n2026-11-01T00:00:00Z,20.5\n2026-11-01T00:00:10Z,20.75\n");
  const { code, output } = simulate("replay", dir.join("room.csv"), "--from", "recorded", "--speed", "max", "--broker", broker.url);
  expect([await code, output.stderr]).toEqual([0, "publishing to replay/room\n"]);
  const said = await eventually(
    () => on(broker, "replay/room"),
    (all) => all.length === 2,
  );
  expect(said.map(({ payload }) => JSON.parse(payload))).toEqual([
    { at: "2026-11-01T00:00:00.000Z", t: 20.5 },
    { at: "2026-11-01T00:00:10.000Z", t: 20.75 },
  ]);
});

test.each([
  [["--broker", "mqtt://127.0.0.1:1"], "expected an MQTT broker, got ECONNREFUSED\n  -> start one"],
  [["--fault", "offline=0.1,devices=tasmota_9"], 'expected names of devices, got "tasmota_9"'],
  [["--devices", "0"], "expected a number of devices, 1 to 100"],
  [["--every", "10ms"], "expected at least 1s"],
  [["--fault", "repeet=0.1"], 'did you mean "repeat"?'],
])("%j is refused, with what was expected", async (args, message) => {
  const { code, output } = simulate("device", "mqtt", ...args);
  expect(await code).not.toBe(0);
  expect(output.stderr).toContain(message);
});
