/**
 * What real devices said, every row of the data set: a reading, a suspect one, or none with its reason.
 *
 * The rows are read where they lie. Each lands through the driver that would meet it; what the kernel makes of a pulse
 * train, and what only a filter can tell, is computed here from the row.
 */
import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { range } from "../../../agent/filters/range.ts";
import { deviceFault, type PolledDriver, type RawValue, type Sample } from "../../../agent/sensors/contract.ts";
import { iio } from "../../../agent/sensors/iio.ts";
import { deviceReader } from "../../../agent/sensors/mqtt/devices.ts";
import { mqttOptions } from "../../../agent/sensors/mqtt/options.ts";
import { oneWire } from "../../../agent/sensors/one-wire.ts";
import { TEXT_KEYS } from "../../../agent/sensors/text/options.ts";
import { textReader } from "../../../agent/sensors/text/reader.ts";
import { epochMicros, isFault, micros, type SeriesId } from "../../../protocol/index.ts";
import { driverContext } from "../../support/driver-context.ts";
import { kernelCases } from "../../support/kernel-cases.ts";
import { answer, frame, SIGNAL } from "../../support/modbus-device.ts";
import { blockOf, bytesOf, floats, meter, SDM } from "../../support/modbus-meter.ts";
import { replayText } from "../../support/replay.ts";
import { breakFile, sysfs } from "../../support/sysfs.ts";

type Raw = readonly string[];
/** A value, `suspect`, or the code or reason of what was not taken. */
type Landed = unknown;

const shown = (value: RawValue | undefined) => (typeof value === "object" ? [value.value, value.quality] : value);
const codeOf = (error: unknown) => (isFault(error) ? error.code : expect.fail(String(error)));

async function w1(raw: Raw): Promise<Landed> {
  await using tree = await sysfs();
  const id = "28-00000a1b2c3d";
  await tree.oneWire(id, `${raw.join("\n")}\n`);
  const driver = oneWire.create({ id }, driverContext(tree.path)) as PolledDriver;
  return driver.read(SIGNAL).then(({ values }) => shown(values.temperature), codeOf);
}

async function chip(device: string, files: Readonly<Record<string, string>>, broken: readonly string[] = []): Promise<Landed> {
  await using tree = await sysfs();
  const folder = await tree.iio(0, "1-0077", { name: `${device}\n`, ...files });
  const driver = iio.create(iio.config.parse({ device }), driverContext(tree.path)) as PolledDriver;
  await driver.open();
  for (const name of broken) await breakFile(`${folder}/${name}`);
  return driver.read(SIGNAL).then(({ values }) => values, codeOf);
}

async function texts(raw: Raw, keys: object): Promise<Landed[]> {
  const reader = await textReader(await z.object(TEXT_KEYS).parseAsync(keys));
  return raw.map((text) => said((count) => reader(text, count)));
}

async function messages(raw: Raw, keys: object): Promise<Landed[]> {
  const reader = await deviceReader(mqttOptions.parse({ broker: "mqtt://a", topic: "t", ...keys }));
  return raw.map((text) => said((count) => reader?.(text, count)));
}

/** What a reader makes of a text: its values, why it took none, or "nothing" where it is not meant. */
function said(read: (count: (reason: string) => void) => Sample | undefined): Landed {
  const reasons: string[] = [];
  const sample = read((reason) => reasons.push(reason));
  return sample === undefined
    ? (reasons[0] ?? "nothing")
    : Object.fromEntries(Object.entries(sample.values).map(([name, value]) => [name, shown(value)]));
}

/** What a `range` filter marks as bad: what no driver can tell from a reading. */
function outside(values: readonly number[], min: number, max: number): readonly number[] {
  const series = "a/s/t" as SeriesId;
  const sampling = { kind: "periodic", period: micros(1), heartbeat: micros(0) } as const;
  const filter = range.create(range.config.parse({ min, max }), { series, sampling, measure: { unit: "Cel", kind: "gauge" } });
  return values.filter((value, index) => {
    const outcome = filter.apply({ series, at: epochMicros(index + 1), value, quality: "good" });
    return "keep" in outcome && outcome.keep.quality === "bad";
  });
}

/** A DHT frame as the kernel's driver decodes it: milli-percent and milli-degrees, or EIO where the sum is wrong. */
async function dht22(line = ""): Promise<Landed> {
  const [a = 0, b = 0, c = 0, d = 0, sum = 0] = line.split(" ").map((byte) => Number.parseInt(byte, 16));
  const isGood = ((a + b + c + d) & 0xff) === sum;
  const files = { in_humidityrelative_input: `${(a * 256 + b) * 100}\n`, in_temp_input: `${(c * 256 + d) * 100}\n` };
  return chip("dht22", files, isGood ? [] : Object.keys(files));
}

/** Of the values in the meter's own log. */
const DECIMALS: Readonly<Record<string, number>> = {
  voltage: 4,
  current: 5,
  power: 4,
  apparent: 4,
  reactive: 4,
  factor: 5,
  angle: 3,
  frequency: 1,
};

const LANDING: Readonly<Record<string, (raw: Raw) => Promise<Landed>>> = {
  "w1-good-1": w1,
  "w1-good-low": w1,
  "w1-good-clone": w1,
  "w1-unplugged-ones": w1,
  "w1-unplugged-ones-2": w1,
  "w1-bitflip": w1,
  "w1-poweron-85": w1,
  "w1-all-zero-crc-ok": w1,
  "w1-127.94-crc-ok": w1,
  "w1-byte-shift": async ([line = ""]) => {
    const nine = (/Data = (.*) {2}CRC/.exec(line)?.[1] ?? "")
      .split(" ")
      .slice(0, 9)
      .map((byte) => byte.toLowerCase().padStart(2, "0"))
      .join(" ");
    return w1([`${nine} : crc=${nine.slice(-2)} YES`, `${nine} t=1200310`]); // were the kernel to believe it
  },
  "w1-spikes": async (raw) => outside(raw.map(Number), -40, 20),
  "w1-kernel-log": async ([line = ""]) => {
    await using tree = await sysfs();
    const id = /28-[0-9a-f]{12}/.exec(line)?.[0] ?? "";
    const folder = await tree.oneWire(id, "");
    const driver = oneWire.create({ id }, driverContext(tree.path)) as PolledDriver;
    await fs.rm(folder, { recursive: true });
    return driver.read(SIGNAL).then(() => "read", codeOf);
  },
  "iio-bme280-tree": async (raw) =>
    chip("bme280", Object.fromEntries(raw.filter((name) => name.endsWith("_input")).map((name) => [name, "40000\n"]))),
  "iio-bme280-skipped": async () => chip("bme280", { in_temp_input: "1\n", in_pressure_input: "97.6\n" }, ["in_temp_input"]),
  "iio-dht11-eio": async ([line = ""]) => chip("dht11", { in_temp_input: "1\n" }, [/cat: (\S+):/.exec(line)?.[1] ?? ""]),
  "iio-dht11-timeout": async () => codeOf(deviceFault(Object.assign(new Error(), { code: "ETIMEDOUT", syscall: "read" }), "in_temp_input")),
  "iio-mcp3008": async ([range = ""]) =>
    chip("mcp3008", { in_voltage0_raw: `${range.split("..")[1]}\n`, in_voltage_scale: "3.222656250\n" }),
  "iio-si7021-raw": async () =>
    chip("si7020", { in_humidityrelative_raw: "7000\n", in_humidityrelative_offset: "-786\n", in_humidityrelative_scale: "7.629394531\n" }),
  "unit-pressure": async (raw) => {
    const [kilopascal, hectopascal, tasmota, labelled, wrong] = raw.map((line) => /^[\d.]+/.exec(line)?.[0]);
    const z2m = [labelled, wrong].map((pressure) => `{"pressure":${pressure}}`);
    return [
      await chip("bmp280", { in_pressure_input: `${kilopascal}\n` }),
      await chip("bme680", { in_pressure_input: `${hectopascal}\n` }),
      ...(await messages([`{"BME280":{"Pressure":${tasmota}},"PressureUnit":"hPa"}`], {
        tasmota: { sensor: "BME280", fields: ["Pressure"] },
      })),
      ...(await messages(z2m, { zigbee2mqtt: ["pressure"] })),
    ];
  },
  "bme680-stuck-zero": (raw) => texts(raw, { match: { t: "T: ([-0-9.]+)" } }),
  "dht22-frame-good": ([line]) => dht22(line),
  "dht22-frame-ones": ([line]) => dht22(line),
  "dht11-run": (raw) => texts(raw, { match: { t: "Temp ([-0-9.]+) C" } }),
  "dht22-false-pass": async () => outside([21.5, 21.6, 43, 21.5, 10.7, 21.6], 15, 30),
  "dht-inband-error": (raw) => texts(raw, { match: { t: "reading ([-0-9.]+)" }, missing: [-2] }),
  "modbus-req": async (raw) => {
    const asked: unknown[] = [];
    for (const line of raw) {
      const [unit = 0, , high = 0, low = 0, , count = 0] = bytesOf(line);
      const first = high * 256 + low;
      const registers = Array.from({ length: count / 2 }, (_, index) => [`r${index}`, first + index * 2] as const);
      const { questions } = await meter(unit, floats(Object.fromEntries(registers)), (_, words) => answer(unit, 4, Array(words).fill(0)));
      asked.push(questions);
    }
    return asked.flat().map((question, index) => question === raw[index]);
  },
  "modbus-sdm230": async (raw) => {
    const block = blockOf(raw);
    const reply = (address: number, count: number) => frame([3, 4, count * 2, ...block.subarray(address * 2, (address + count) * 2)]);
    const { landed } = await meter(3, floats(SDM), reply);
    return Object.entries(landed as Record<string, number>).map(([name, value]) => value.toFixed(DECIMALS[name]));
  },
  "modbus-zeros": async ([line = ""]) => (await meter(1, floats({ v: 0 }), () => Uint8Array.from(bytesOf(line)))).landed,
  "modbus-sdm-map": async (raw) => {
    const addresses = raw.map((line) => Number(/^\d+/.exec(line)?.[0]));
    const reply = (_: number, count: number) => (count % 2 === 0 && count <= 80 ? answer(1, 4, Array(count).fill(0)) : frame([1, 0x84, 3]));
    const { landed } = await meter(1, floats(Object.fromEntries(addresses.map((address) => [`r${address}`, address]))), reply);
    return Object.keys(landed as object).length === addresses.length;
  },
  "z2m-burst": (raw) => messages(raw, { zigbee2mqtt: ["temperature", "pressure", "voltage"] }),
  "tasmota-multi": (raw) => messages(raw, { tasmota: { sensor: "BME280", fields: ["Temperature", "Pressure"] } }),
  "tasmota-partial": (raw) => messages(raw, { tasmota: { sensor: "AM2301", fields: ["Temperature"] } }),
  "sparkplug-birth": (raw) => texts(raw, { json: { rebirth: "/metrics/0/value", sequence: "/metrics/1/value" }, at: "/timestamp" }),
  "sparkplug-ts": (raw) => texts(raw, { json: { t: "" } }),
  "clock-1970": async (raw) => {
    const { rows, skipped } = await replayText(`${raw.join("\n")}\n`, { columns: { time: 1, t: 3 }, time_format: "iso" });
    return [rows.map(([, values]) => values.t), skipped];
  },
  "clock-fakehw": async ([line = ""]) => {
    const [, hour] = / at (\S+) 01\/01\/70/.exec(line) ?? [];
    return texts([`21.5,1970-01-01T${hour}Z`], { csv: { t: 1 }, at: 2 });
  },
  "waggle-iio": async (raw) => {
    const said = raw.map((line) => JSON.parse(line) as { name: string; value: number });
    return chip("bme680", Object.fromEntries(said.map(({ name, value }) => [name.replace("iio.", ""), `${value}\n`])));
  },
};

const EXPECTED: Readonly<Record<string, Landed>> = {
  "w1-good-1": 23.625,
  "w1-good-low": 3.937,
  "w1-good-clone": 21.875,
  "w1-unplugged-ones": "bad_crc",
  "w1-unplugged-ones-2": "bad_crc",
  "w1-bitflip": "bad_crc",
  "w1-poweron-85": "power_on_value",
  "w1-all-zero-crc-ok": "all_zero",
  "w1-127.94-crc-ok": "out_of_range",
  "w1-byte-shift": "bad_crc",
  "w1-spikes": [79.75, 79.5],
  "w1-kernel-log": "device_missing",
  "iio-bme280-tree": { temperature: 40, humidity: 40, pressure: 400_000 },
  "iio-bme280-skipped": { pressure: 976 },
  "iio-dht11-eio": "device_busy",
  "iio-dht11-timeout": "device_busy",
  "iio-mcp3008": { voltage0: 3.296777 },
  "iio-si7021-raw": { humidity: 47.409 },
  "unit-pressure": [
    { pressure: 976.968 },
    { pressure: 976.968 },
    { pressure: [96_890, "suspect"] },
    { pressure: [99_035.32, "suspect"] },
    { pressure: 485 },
  ],
  "bme680-stuck-zero": [{ t: 0 }, { t: 22.86 }],
  "dht22-frame-good": { humidity: 57.1, temperature: 21.5 },
  "dht22-frame-ones": "device_busy",
  "dht11-run": [
    { t: 18 },
    "nothing",
    "nothing",
    { t: 18 },
    "nothing",
    { t: 18 },
    { t: 18 },
    { t: 18 },
    "nothing",
    "nothing",
    "nothing",
    "nothing",
    "nothing",
    { t: 18 },
  ],
  "dht22-false-pass": [43, 10.7],
  "dht-inband-error": [{ t: 27 }, "nothing", { t: 27 }, "nothing"],
  "modbus-req": [true, true, true, true, true],
  "modbus-sdm230": ["236.4939", "0.12483", "20.8871", "22.7763", "-9.0816", "0.91705", "336.497", "50.0"], // as its log has them
  "modbus-zeros": "device_timeout",
  "modbus-sdm-map": true,
  "z2m-burst": [{ temperature: 22.4, pressure: 1001.8, voltage: 2.995 }],
  "tasmota-multi": [{ temperature: 27.8, pressure: 1018 }],
  "tasmota-partial": ["nothing", { temperature: 19.4 }],
  "sparkplug-birth": [{ rebirth: 0, sequence: 0 }],
  "sparkplug-ts": [{ t: 1_754_711_323_463 }],
  "clock-1970": [[264.342, 264.342], { bad_number: 1 }],
  "clock-fakehw": ["bad_time"],
  "waggle-iio": { humidity: 70.905, pressure: 975.78, gas_resistance: 93_952 },
};

test("every row lands where it should", { timeout: 60_000 }, async () => {
  const cases = kernelCases(/./);
  expect(cases.map(({ id }) => id).sort()).toEqual(Object.keys(EXPECTED).sort());
  const landed: Record<string, Landed> = {};
  for (const { id, raw } of cases) landed[id] = await LANDING[id]?.(raw);
  expect(landed).toEqual(EXPECTED);
});
