/**
 * A made-up /sys judged by the agent's own drivers: what they read must be the weather that was meant.
 */
import { readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { DriverKind, PolledDriver, Sample } from "../../../agent/sensors/contract.ts";
import { hwmon } from "../../../agent/sensors/hwmon.ts";
import { iio } from "../../../agent/sensors/iio.ts";
import { oneWire } from "../../../agent/sensors/one-wire.ts";
import { thermal } from "../../../agent/sensors/thermal.ts";
import { epochMicros, isFault, MICROS_PER_MINUTE, MICROS_PER_SECOND } from "../../../protocol/index.ts";
import { LivingTree } from "../../../simulators/device/sysfs/living-tree.ts";
import { ds18b20 } from "../../../simulators/device/sysfs/one-wire-chips.ts";
import { allChips } from "../../../simulators/device/sysfs/registry.ts";
import { SYSFS_FAULTS } from "../../../simulators/device/sysfs/sysfs-faults.ts";
import { Tree } from "../../../simulators/device/sysfs/tree.ts";
import { faultArgument } from "../../../simulators/faults/index.ts";
import { profileOf, seedFor, simulatedSensor } from "../../../simulators/waveforms/index.ts";
import { driverContext } from "../../support/driver-context.ts";
import { simulate } from "../../support/simulate.ts";
import { tempDir } from "../../support/temp-dir.ts";

const FIRST = 1_793_534_400_000_000; // 2026-11-01T12:00:00Z
const SEED = 5;
const PROBE = "28-00000a1b2c3d";
const signal = new AbortController().signal;

async function machine(faults: readonly string[] = [], chips = allChips()) {
  const dir = await tempDir();
  const plan = faults.map((text) => faultArgument(text, SYSFS_FAULTS));
  const living = new LivingTree(await Tree.open(dir.path), { seed: SEED, chips, faults: plan, first: epochMicros(FIRST) });
  await living.open();
  const read = async <T>(kind: DriverKind<T>, config: object): Promise<Sample> => {
    const driver = kind.create(kind.config.parse(config), driverContext(dir.path)) as PolledDriver;
    await driver.open();
    return driver.read(signal);
  };
  const show = (seconds: number) => living.show(epochMicros(FIRST + seconds * MICROS_PER_SECOND));
  return { ...dir, living, read, show, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

/** What was meant: the weather of a chip's own seed, asked of the waveforms alone. */
function weatherOf(chip: string, seconds: number): Record<string, number> {
  return simulatedSensor(profileOf("weather"), seedFor(SEED, chip)).valuesAt(epochMicros(FIRST + seconds * MICROS_PER_SECOND));
}

const faultOf = (reading: Promise<unknown>) =>
  reading.then(
    () => "none",
    (error) => (isFault(error) ? error.code : error),
  );

test("the machine appears at once, with all its chips", async () => {
  await using dir = await tempDir();
  const tree = await Tree.open(dir.path);
  const living = new LivingTree(tree, { seed: SEED, chips: allChips(), faults: [], first: epochMicros(FIRST) });
  await living.open();
  await tree.put("sys/bus/iio/devices/half", "made");
  expect((await readdir(dir.path)).filter((name) => !name.startsWith("."))).toEqual([]);
  await living.show(epochMicros(FIRST));
  expect(await readdir(dir.path)).toEqual(expect.arrayContaining(["sys", "proc"]));
  expect((await readdir(dir.join("sys/class/hwmon"))).length).toBe(allChips().filter(({ bus }) => bus === "hwmon").length);
});

test("every chip says its own weather, as exactly as it can, and changes", async () => {
  await using pi = await machine();
  for (const seconds of [0, 3_600, 40_000]) {
    await pi.show(seconds);
    const air = weatherOf("bme280@1-0076", seconds);
    expect(await pi.read(iio, { device: "bme280", address: "1-0076" })).toEqual({
      values: { temperature: air.temperature, pressure: air.pressure, humidity: air.humidity },
    });
    const { temperature = 0, humidity = 0 } = weatherOf("si7020@1-0040", seconds);
    const { values } = await pi.read(iio, { device: "si7020" });
    expect(Math.abs(Number(values.temperature) - temperature)).toBeLessThan(0.012); // a step is 0.0107 degrees
    expect(Math.abs(Number(values.humidity) - humidity)).toBeLessThan(0.012); // and 0.0076 %, and an offset that is cut
    const light = Number((await pi.read(iio, { device: "bh1750" })).values.illuminance);
    expect(Math.abs(light - (weatherOf("bh1750@1-0023", seconds).illuminance ?? 0))).toBeLessThan(0.5);
    const supply = weatherOf("ads1115@1-0048", seconds).supply ?? 0;
    const volts = Object.values((await pi.read(iio, { device: "ads1115" })).values).map(Number);
    expect(volts.map((volt, input) => Math.abs(volt * (input + 1) - supply) < 0.001)).toEqual([true, true, true, true]);
    expect((await pi.read(iio, { device: "dht11" })).values.temperature).toBe(Math.round(weatherOf("dht11@4", seconds).temperature ?? 0));
    const board = weatherOf("sht3x@1-0044", seconds);
    expect((await pi.read(hwmon, { chip: "sht3x" })).values).toEqual({ temperature: board.temperature, humidity: board.humidity });
    const probe = Number((await pi.read(oneWire, { id: PROBE })).values.temperature);
    expect(Math.abs(probe - (weatherOf(PROBE, seconds).temperature ?? 0))).toBeLessThanOrEqual(0.032); // half a sixteenth
    expect((await pi.read(thermal, { zone: "cpu-thermal" })).values.temperature).toBeGreaterThan(20);
  }
});

test("a probe answers byte for byte as the kernel's documents show it", () => {
  const answer = (degrees: number) => ds18b20(PROBE).moving({ temperature: degrees }, () => false).w1_slave;
  expect(answer(23.125)).toBe("72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n");
  expect(answer(-1.0625)).toMatch(/^ef ff .* YES\nef ff .* t=-1062\n$/);
  const poweredOn = ds18b20(PROBE).moving({ temperature: 1 }, (ailment) => ailment === "power_on").w1_slave;
  expect(poweredOn).toBe("50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n");
});

test.each([
  ["bad_crc", "bad_crc"],
  ["power_on", "power_on_value"],
  ["all_zero", "all_zero"],
  ["truncated", "bad_value"],
  ["io_error", "device_busy"],
])("the fault %s is what the driver calls %s, for as often as was asked", async (fault, code) => {
  await using pi = await machine(
    [`${fault}=0.5,chips=${PROBE}`],
    allChips().filter(({ bus }) => bus === "w1"),
  );
  const codes: string[] = [];
  for (let second = 0; second < 60; second++) {
    await pi.show(second);
    codes.push(await faultOf(pi.read(oneWire, { id: PROBE })));
  }
  expect(new Set(codes)).toEqual(new Set(["none", code]));
  expect(Math.abs(codes.filter((each) => each === code).length - 30)).toBeLessThan(20);
  expect(await faultOf(pi.read(oneWire, { id: "28-00000a1b2c3e" })), "the other probe is well").toBe("none");
});

test("a chip that vanishes is missing, and the same when it is back", async () => {
  await using pi = await machine(["vanish,after=1m,for=1m,chips=bme280@1-0077"]);
  const ask = () => faultOf(pi.read(iio, { device: "bme280", address: "1-0077" }));
  const codes: string[] = [];
  for (const minute of [0, 1, 2]) {
    await pi.show((minute * MICROS_PER_MINUTE) / MICROS_PER_SECOND);
    codes.push(await ask());
  }
  expect(codes).toEqual(["none", "device_missing", "none"]);
  expect((await pi.read(iio, { device: "bme280", address: "1-0077" })).values.temperature).toBe(
    weatherOf("bme280@1-0077", 120).temperature,
  );
});

test("after a reboot the numbers are others, the boot is another, and each address says what it said", async () => {
  await using pi = await machine(["reboot,after=1m,for=20s"]);
  const placeOf = () => readlink(pi.join("sys/bus/iio/devices/iio:device0"));
  const bootId = () => readFile(pi.join("proc/sys/kernel/random/boot_id"), "utf8");
  await pi.show(0);
  const before = [await placeOf(), await bootId()];
  await pi.show(70);
  expect(await readdir(pi.join("sys/bus/iio/devices"))).toEqual([]);
  await pi.show(90);
  const after = [await placeOf(), await bootId()];
  expect([before[0]?.includes("1-0076"), after[0]?.includes("1-0048")]).toEqual([true, true]);
  expect(after[1]).not.toBe(before[1]);
  expect(after[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/);
  for (const address of ["1-0076", "1-0077"]) {
    const { values } = await pi.read(iio, { device: "bme280", address });
    expect(values.temperature).toBe(weatherOf(`bme280@${address}`, 90).temperature);
  }
});

test("an input of hwmon that says it is broken is not believed; values may lie like any sensor's", async () => {
  await using pi = await machine(["sensor_fault,after=1m,for=1m", "spike=1,channels=temperature"]);
  const inputs = { board: "temp1", case: "temp2" };
  await pi.show(0);
  expect(Object.keys((await pi.read(hwmon, { chip: "tmp431", inputs })).values)).toEqual(["board", "case"]);
  const { temperature = 0 } = weatherOf("sht3x@1-0044", 0);
  expect(Math.abs(Number((await pi.read(hwmon, { chip: "sht3x" })).values.temperature) - temperature)).toBeGreaterThan(10);
  await pi.show(90);
  const { values } = await pi.read(hwmon, { chip: "tmp431", inputs });
  expect(typeof values.case === "number").toBe(false);
  expect(typeof values.board).toBe("number");
});

test("a folder that holds anything else is left alone; one of before is made anew", async () => {
  await using dir = await tempDir();
  const begin = () => simulate("device", "sysfs", "--dir", dir.path, "--for", "1ms");
  await writeFile(dir.join("mine.txt"), "mine");
  const taken = begin();
  expect([await taken.code, taken.output.stderr]).toEqual([1, expect.stringContaining("expected a new or empty folder")]);
  expect(await readdir(dir.path)).toEqual(["mine.txt"]);

  await using other = await tempDir();
  for (let turn = 0; turn < 2; turn++) {
    const { code, output, stop, clock } = simulate("device", "sysfs", "--dir", other.path);
    while (clock.pending().length === 0) await clock.advance(0);
    stop.abort();
    expect(await code).toBe(0);
    expect(output.stdout).toContain(`tributary-agent scan --root ${other.path} --write agent.yaml`);
  }
});

test.each([
  [["--chips", "bme281"], 'expected names of chips, got "bme281"'],
  [["--fault", "vanish=0.1,chips=bme281"], 'expected names of chips, got "bme281"'],
  [["--fault", "vanich=0.1"], 'did you mean "vanish"?'],
  [["--speed", "max"], "a device lives in time"],
])("%j is refused, with what was expected", async (args, message) => {
  await using dir = await tempDir();
  const { code, output } = simulate("device", "sysfs", "--dir", dir.join("pi"), ...args);
  expect(await code).not.toBe(0);
  expect(output.stderr).toContain(message);
});
