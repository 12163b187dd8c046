import { expect, test } from "vitest";
import { scanMachine } from "../../../agent/scan/machine.ts";
import { type ProposedSensor, proposeSensors } from "../../../agent/scan/proposal.ts";
import type { PolledDriver } from "../../../agent/sensors/contract.ts";
import { DRIVERS } from "../../../agent/sensors/registry.ts";
import { driverContext } from "../../support/driver-context.ts";
import { nodeExporterTree } from "../../support/node-exporter-tree.ts";
import { barePi, fullPi } from "../../support/pi.ts";

const proposed = async (root: string) => proposeSensors(await scanMachine(root));
const chosen = (sensors: readonly ProposedSensor[]) => sensors.map(({ name, driver, options }) => [name, driver, options]);

/** What the driver reads of a sensor that was proposed. */
async function readOnce({ name, driver, options }: ProposedSensor, root: string) {
  const kind = (await DRIVERS[driver]?.()) ?? expect.fail(driver);
  const instance = kind.create(kind.config.parse(options), { ...driverContext(root), sensor: name }) as PolledDriver;
  await instance.open();
  return Object.keys((await instance.read(new AbortController().signal)).values);
}

test("a bare machine has itself to show", async () => {
  await using tree = await barePi();
  expect(chosen(await proposed(tree.path))).toEqual([
    ["machine", "system", {}],
    ["cpu-thermal", "thermal", { zone: "cpu-thermal" }],
  ]);
});

test("a Raspberry Pi is asked for its power flags too", async () => {
  await using tree = await barePi();
  await tree.write("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n");
  const [machine] = await proposed(tree.path);
  expect(machine).toMatchObject({ name: "machine", options: { power_flags: "sysfs" } });
  expect(machine && (await readOnce(machine, tree.path))).toContain("under_voltage");
});

test("everything there is proposed once, by what does not change at the next boot", async () => {
  await using tree = await fullPi();
  expect(chosen(await proposed(tree.path))).toEqual([
    ["machine", "system", {}],
    ["cpu-thermal", "thermal", { zone: "cpu-thermal" }],
    ["coretemp-0", "hwmon", { chip: "coretemp", address: "coretemp.0", inputs: { "package-id-0": "temp1" } }],
    ["coretemp-1", "hwmon", { chip: "coretemp", address: "coretemp.1", inputs: { "package-id-1": "temp1" } }],
    ["rpi_volt", "hwmon", { chip: "rpi_volt" }],
    ["sht3x", "hwmon", { chip: "sht3x" }],
    ["bme280-1-0076", "iio", { device: "bme280", address: "1-0076" }],
    ["bme280-1-0077", "iio", { device: "bme280", address: "1-0077" }],
    ["dht11", "iio", { device: "dht11" }],
    ["ltc9999", "iio", { device: "ltc9999", attributes: { voltage0: "in_voltage0" } }],
    ["probe-00000a1b2c3d", "one_wire", { id: "28-00000a1b2c3d" }],
    ["probe-00000a1b2c3e", "one_wire", { id: "28-00000a1b2c3e" }],
  ]);
});

test("a boot that numbers everything the other way round proposes the same", async () => {
  await using one = await fullPi();
  await using other = await fullPi({ swap: true });
  expect(await proposed(other.path)).toEqual(await proposed(one.path));
});

test("each proposed sensor can be opened and read", async () => {
  await using tree = await fullPi();
  for (const sensor of await proposed(tree.path)) expect(await readOnce(sensor, tree.path), sensor.name).not.toEqual([]);
});

test("on real machines each proposed chip can be read, chips without inputs and without a known type are left out, names are unique", async () => {
  await using tree = await nodeExporterTree();
  const sensors = await proposed(tree.path);
  const names = sensors.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(sensors.filter(({ driver }) => driver === "hwmon").map(({ name }) => name)).toEqual([
    "coretemp-0",
    "coretemp-1",
    "mt7996_phy0_0",
    "mt7996_phy0_1",
    "mt7996_phy0_2",
    "nct6779",
    "hwmon4",
  ]);
  for (const sensor of sensors.filter(({ driver }) => driver === "hwmon")) expect(await readOnce(sensor, tree.path)).not.toEqual([]);
});
