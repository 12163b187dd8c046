import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { configText } from "../../../agent/scan/config-text.ts";
import type { HwmonFound, IioFound, Machine } from "../../../agent/scan/machine.ts";
import { proposeSensors } from "../../../agent/scan/proposal.ts";
import { DRIVERS } from "../../../agent/sensors/registry.ts";
import { isName } from "../../../protocol/index.ts";

/** What a kernel may call a thing: mostly words, sometimes what YAML would read as something else, rarely anything. */
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("coretemp", "bme280", "dht11", "temp1", "acpitz", "Core 0", "xyz", "dht11@4") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("true", "null", "12e3", "0x1f", "~", "- a", "a: b", "#", "{", "'", '"', "\\", "no", "1:20", "*a"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }) },
);
const input = fc.constantFrom("temp1", "temp2", "temp3", "in0", "fan1", "power1", "bogus1");
const attribute = fc.constantFrom("in_temp", "in_pressure", "in_voltage0", "in_voltage0-voltage1", "in_intensity_both");

const chip: fc.Arbitrary<HwmonFound> = fc.record({
  folder: fc.constant("/x"),
  name: fc.option(word, { nil: undefined }),
  address: word,
  device: fc.constant(undefined),
  files: fc.uniqueArray(input).map((inputs) => inputs.map((each) => `${each}_input`)),
  labels: fc.dictionary(input, word),
});
const device: fc.Arbitrary<IioFound> = fc
  .record({ name: word, address: fc.option(word, { nil: undefined }), attributes: fc.uniqueArray(attribute) })
  .map(({ name, address, attributes }) => ({
    folder: "/x",
    name,
    names: [name.toLowerCase()],
    address,
    files: attributes.map((each) => `${each}_raw`),
  }));
const machine: fc.Arbitrary<Machine> = fc.record({
  iio: fc.array(device, { maxLength: 5 }),
  hwmon: fc.array(chip, { maxLength: 5 }),
  thermal: fc.array(word, { maxLength: 4 }).map((types) => types.map((type, number) => ({ type, number }))),
  oneWire: fc.option(fc.constant(["28-000000000001", "28-000000000002"]), { nil: undefined }),
  hasPowerFlags: fc.boolean(),
  serial: fc.array(
    word.map((name) => `/dev/serial/by-id/${name}`),
    { maxLength: 2 },
  ),
  i2c: fc.constant([]),
  bootConfig: fc.constant("/boot/firmware/config.txt"),
});

const parts = { agent: "true", agentComment: "x\ny", spoolSize: 1e9, keepFree: 5e8, root: "/" };

test("whatever the kernel calls things, sensors have valid names of their own, and YAML reads back what was meant", async () => {
  const drivers = new Map(await Promise.all(Object.entries(DRIVERS).map(async ([name, load]) => [name, await load()] as const)));
  fc.assert(
    fc.property(machine, word, (found, root) => {
      const sensors = proposeSensors(found);
      const names = sensors.map(({ name }) => name);
      expect(names.filter((name) => !isName(name))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);

      const read = parse(configText({ ...parts, root: `/${root}`, sensors, serial: found.serial }));
      expect([read.agent, read.root, read.spool.max_size]).toEqual(["true", `/${root}`, "1GB"]);
      expect(read.sensors.length).toBe(sensors.length);
      for (const [index, { name, driver, options }] of sensors.entries()) {
        expect(read.sensors[index]).toEqual({ name, driver, every: "10s", ...options });
        expect(drivers.get(driver)?.config.safeParse(options)).toMatchObject({ success: true });
      }
    }),
    { numRuns: 200 },
  );
});

test("a serial port has a line that is read once its # is taken away", async () => {
  const text = configText({ ...parts, sensors: [], serial: ["/dev/serial/by-id/usb-Arduino_Uno_7533-if00"] });
  const [sensor] = parse(text.replace("  # - {", "  - {")).sensors;
  const { name, driver, ...options } = sensor;
  expect([name, driver, options.port]).toEqual(["serial-1", "serial", "/dev/serial/by-id/usb-Arduino_Uno_7533-if00"]);
  expect(await (await DRIVERS.serial?.())?.config.safeParseAsync(options)).toMatchObject({ success: true });
});
