/**
 * The mqtt driver against a real Mosquitto, with messages as devices send them.
 */
import { describe, expect, test } from "vitest";
import { createShared } from "../../../agent/sampling/shared-by-key.ts";
import type { StreamDriver } from "../../../agent/sensors/contract.ts";
import { mqtt } from "../../../agent/sensors/mqtt.ts";
import { deviceBroker } from "../../support/device-broker.ts";
import { driverContext } from "../../support/driver-context.ts";
import { draw, values } from "../../support/stream.ts";

const SIGNAL = new AbortController().signal;
const CLIMATE = '{"battery":97,"humidity":58.5,"linkquality":72,"pressure":1001.8,"temperature":22.4,"voltage":2995}';

async function open(config: object, context = driverContext()): Promise<StreamDriver> {
  const driver = mqtt.create(await mqtt.config.parseAsync(config), context) as StreamDriver;
  await driver.open(undefined);
  return driver;
}

const specs = (config: object) =>
  mqtt.channels(mqtt.config.parse({ broker: "mqtt://a", topic: "t", ...config })).map(({ name, unit, kind }) => `${name} ${unit} ${kind}`);

describe("messages", () => {
  test("a plain number is a reading of the moment in which it came", async () => {
    await using broker = await deviceBroker();
    const context = driverContext();
    const driver = await open({ broker: broker.url, topic: "shed/t", plain: "t" }, context);
    await broker.publish("shed/t", "21.5\n21.6");
    const { samples } = await draw(driver, (drawn) => drawn.samples.length === 2);
    expect(samples).toEqual([21.5, 21.6].map((t) => ({ values: { t }, arrived: context.monotonic() })));
    await driver.close();
  });

  test("the same one five times in a second is one reading, and again a second later another", async () => {
    await using broker = await deviceBroker();
    const context = driverContext();
    const zigbee2mqtt = ["temperature", "humidity", "pressure", "battery", "voltage"];
    const driver = await open({ broker: broker.url, topic: "zigbee2mqtt/balcony", zigbee2mqtt }, context);
    await broker.publish("zigbee2mqtt/balcony", Array(5).fill(CLIMATE).join("\n"));
    const drawn = await draw(driver, ({ skipped }) => skipped.repeated === 4);
    await context.time.advance(1_000_000);
    await broker.publish("zigbee2mqtt/balcony", CLIMATE);
    await draw(driver, ({ samples }) => samples.length === 2, drawn);
    const reading = { temperature: 22.4, humidity: 58.5, pressure: 1001.8, battery: 97, voltage: 2.995 };
    expect(drawn.samples.map((sample) => sample.values)).toEqual([reading, reading]);
    await driver.close();
  });

  test("with an instant of its own keeps it, local time by the zone of the config; the same instant is the same reading", async () => {
    await using broker = await deviceBroker();
    const context = driverContext();
    const more = { at: "/Time", time_zone: "Europe/Berlin", repeats_within: "1ms" };
    const driver = await open({ broker: broker.url, topic: "tele/x/SENSOR", json: { t: "/T" }, ...more }, context);
    const texts = [
      '{"Time":"2023-08-20T11:09:47","T":27.9}',
      '{"Time":"2023-08-20T11:09:47","T":27.9,"x":1}',
      '{"Time":"1970-01-01T00:00:36","T":1}',
    ];
    await broker.publish("tele/x/SENSOR", texts.join("\n"));
    const drawn = await draw(driver, ({ skipped }) => skipped.bad_time === 1);
    expect(drawn).toEqual({
      samples: [{ at: Date.UTC(2023, 7, 20, 9, 9, 47) * 1_000, values: { t: 27.9 } }],
      skipped: { repeated: 1, bad_time: 1 },
    });
    await driver.close();
  });

  test("of one instant may say their quantities in turns: what is new is taken", async () => {
    await using broker = await deviceBroker();
    const driver = await open({ broker: broker.url, topic: "t", json: { t: "/t", h: "/h" }, at: "/s", time_format: "unix_s" });
    const texts = ['{"t":21}', '{"h":40}', '{"h":40,"t":21,"x":1}', '{"t":21,"h":41}'].map((text) => text.replace("{", '{"s":1800000000,'));
    await broker.publish("t", [...texts, '{"s":1800000001,"t":21}'].join("\n"));
    const drawn = await draw(driver, ({ samples }) => samples.length === 4);
    expect(drawn.samples.map(({ values }) => values)).toEqual([{ t: 21 }, { h: 40 }, { h: 41 }, { t: 21 }]);
    expect(drawn.skipped).toEqual({ repeated: 1 });
    await driver.close();
  });

  test("a local time without a zone in the config is no instant", async () => {
    await using broker = await deviceBroker();
    const driver = await open({ broker: broker.url, topic: "t", json: { t: "/T" }, at: "/Time" });
    await broker.publish("t", '{"Time":"2023-08-20T11:09:47","T":1}');
    expect((await draw(driver, ({ skipped }) => skipped.bad_time === 1)).samples).toEqual([]);
    await driver.close();
  });

  test("that the broker kept are not taken, unless the config says so", async () => {
    await using broker = await deviceBroker();
    await broker.publish("t", "1", ["-r"]);
    const careful = await open({ broker: broker.url, topic: "t", plain: "t" });
    expect((await draw(careful, ({ skipped }) => skipped.retained === 1)).samples).toEqual([]);
    const eager = await open({ broker: broker.url, topic: "t", plain: "t", retained: "take" });
    expect(await values(eager, 1)).toEqual([{ t: 1 }]);
    await careful.close();
    await eager.close();
  });

  test("a flood is taken up to its rate, and the rest counted", async () => {
    await using broker = await deviceBroker();
    const driver = await open({ broker: broker.url, topic: "t", plain: "t" });
    await broker.publish("t", Array.from({ length: 2_000 }, (_, index) => index).join("\n"), ["-q", "1"]);
    const drawn = await draw(driver, ({ samples, skipped }) => samples.length + (skipped.flood ?? 0) === 2_000);
    expect(drawn.samples).toHaveLength(100);
    await driver.close();
  });

  test("what cannot be read, or is too long, is counted", async () => {
    await using broker = await deviceBroker();
    const driver = await open({ broker: broker.url, topic: "t", json: { t: "/t" } });
    await broker.publish("t", ["offline", '{"t":[1]}', `{"t":1,"x":"${"x".repeat(70_000)}"}`, '{"u":1}', '{"t":2}'].join("\n"));
    const drawn = await draw(driver, ({ samples }) => samples.length === 1);
    expect(drawn.samples[0]?.values).toEqual({ t: 2 });
    expect(drawn.skipped).toEqual({ bad_json: 1, bad_number: 1, message_too_long: 1 });
    await driver.close();
  });
});

test("Zigbee2MQTT: a text is the name of a state, nothing is absent, and anything else is counted", async () => {
  await using broker = await deviceBroker();
  const zigbee2mqtt = ["state", "system_mode", "position", "update", "action"];
  const driver = await open({ broker: broker.url, topic: "zigbee2mqtt/blind", zigbee2mqtt });
  await broker.publish("zigbee2mqtt/blind", '{"state":"OPEN","system_mode":"heat","position":40,"update":{"state":"idle"},"action":null}');
  const drawn = await draw(driver, ({ samples }) => samples.length === 1);
  expect(drawn.samples[0]?.values).toEqual({ state: "OPEN", system_mode: "heat", position: 40 });
  expect(drawn.skipped).toEqual({ bad_number: 1 });
  await driver.close();
});

describe("Tasmota", () => {
  const read = async (tasmota: object, text: string) => {
    await using broker = await deviceBroker();
    const driver = await open({ broker: broker.url, topic: "tele/x/SENSOR", tasmota });
    await broker.publish("tele/x/SENSOR", text);
    const [first] = await values(driver, 1);
    await driver.close();
    return first;
  };

  test("gives the fields of one sensor of several, and a message without it is no failure", async () => {
    const without = '{"Time":"2019-01-16T11:10:57","ENERGY":{"Total":44.657}}';
    const text =
      '{"Time":"2023-08-20T11:09:47","DS18B20":{"Temperature":27.9},"BME280":{"Temperature":27.8,"DewPoint":17.8,"Pressure":1018.0},"PressureUnit":"hPa","TempUnit":"C"}';
    const fields = ["Temperature", "DewPoint", "Pressure"];
    expect(await read({ sensor: "BME280", fields }, `${without}\n${text}`)).toEqual({ temperature: 27.8, dew_point: 17.8, pressure: 1018 });
  });

  test("says its units once: everything becomes Cel and hPa", async () => {
    const text = '{"BME280":{"Temperature":82.04,"Pressure":763.56},"PressureUnit":"mmHg","TempUnit":"F"}';
    expect(await read({ sensor: "BME280", fields: ["Temperature", "Pressure"] }, text)).toEqual({ temperature: 27.8, pressure: 1017.996 });
  });

  test.each(['{"toString":1}', '"constructor"', "7"])("whose unit is %s has said none", async (unit) => {
    expect(await read({ sensor: "B", fields: ["Pressure"] }, `{"B":{"Pressure":1018},"PressureUnit":${unit}}`)).toEqual({ pressure: 1018 });
  });

  test("gives the name of a state as it stands", async () => {
    expect(await read({ sensor: "Shutter1", fields: ["Position", "State"] }, '{"Shutter1":{"Position":40,"State":"Opening"}}')).toEqual({
      position: 40,
      state: "Opening",
    });
  });

  test("of a firmware that means pascal is suspect", async () => {
    const text = '{"BME280":{"Pressure":96890},"PressureUnit":"hPa"}';
    const pressure = { value: 96_890, quality: "suspect", reason: "unlikely_pressure" };
    expect(await read({ sensor: "BME280", fields: ["Pressure"] }, text)).toEqual({ pressure });
  });
});

test("the fields of known devices have their units and kinds", () => {
  expect(specs({ zigbee2mqtt: ["temperature", "contact", "linkquality", "energy"] })).toEqual([
    "temperature Cel gauge",
    "contact 1 state",
    "linkquality 1 gauge",
    "energy kW.h counter",
  ]);
  const tasmota = { sensor: "ENERGY", fields: ["Total", "ApparentPower", "Pm2.5"] };
  expect(specs({ tasmota })).toEqual(["total kW.h counter", "apparent_power V.A gauge", "pm2-5 ug/m3 gauge"]);
});

describe("the broker", () => {
  test("has one connection for all sensors, which ends with the last of them", async () => {
    await using broker = await deviceBroker();
    const shared = createShared();
    const drivers = await Promise.all(
      ["a", "b", "a"].map((topic) => open({ broker: broker.url, topic, plain: "t" }, driverContext("/", shared))),
    );
    await broker.publish("a", "1");
    await broker.publish("b", "2");
    for (const [index, t] of [1, 2, 1].entries()) expect(await values(drivers[index] as StreamDriver, 1)).toEqual([{ t }]);
    await drivers[0]?.close();
    await broker.publish("a", "3");
    expect(await values(drivers[2] as StreamDriver, 1)).toEqual([{ t: 3 }]);
    for (const driver of drivers) await driver.close();
    await broker.logged(/Client mqttjs_\w+ .*(disconnected|closed)/);
  });

  test("that goes away is a fault for each sensor, and messages come again when it is back", async () => {
    await using broker = await deviceBroker();
    const shared = createShared();
    const [a, b] = await Promise.all(
      ["a", "b"].map((topic) => open({ broker: broker.url, topic, plain: "t" }, driverContext("/", shared))),
    );
    await broker.stop();
    for (const driver of [a, b]) {
      await expect(driver?.next(SIGNAL)).rejects.toMatchObject({ code: "device_unreachable", retry: false });
      await driver?.close();
    }
    await expect(a?.open(undefined)).rejects.toMatchObject({ code: "device_unreachable", hint: expect.any(String) });
    await broker.start();
    await a?.open(undefined);
    await b?.open(undefined);
    await broker.publish("b", "2");
    expect(await values(b as StreamDriver, 1)).toEqual([{ t: 2 }]);
    await a?.close();
    await b?.close();
  });

  test("that lets nobody in without a password says so", async () => {
    await using broker = await deviceBroker("allow_anonymous false");
    await expect(open({ broker: broker.url, topic: "t", plain: "t" })).rejects.toMatchObject({ code: "device_denied", retry: false });
  });
});

test.each([
  ["a wildcard", { topic: "home/+/t", plain: "t" }],
  ["no way to read it", { topic: "t" }],
  ["two ways", { topic: "t", plain: "t", zigbee2mqtt: ["temperature"] }],
  ["a password in the address", { broker: "mqtt://me:secret@a", topic: "t", plain: "t" }],
  ["two passwords", { topic: "t", plain: "t", password: "a", password_file: "b" }],
])("a config with %s is refused", async (_, config) => {
  expect((await mqtt.config.safeParseAsync({ broker: "mqtt://a", ...config })).success).toBe(false);
});
