import { expect, test } from "vitest";
import type { Machine } from "../../../agent/scan/machine.ts";
import { missingIn } from "../../../agent/scan/missing.ts";

const NOTHING: Machine = {
  iio: [],
  hwmon: [],
  thermal: [],
  oneWire: undefined,
  hasPowerFlags: false,
  serial: [],
  i2c: [],
  bootConfig: "/boot/config.txt",
};
const remedies = (machine: Partial<Machine>, isThisMachine = true) =>
  missingIn({ ...NOTHING, ...machine }, isThisMachine).map(({ what, remedy }) => [what, remedy]);

test("an address that answers and that no driver holds is told with the overlay for the chip that is likely there", () => {
  const told = remedies({ i2c: [{ number: 1, free: [0x23, 0x77, 0x61], held: [] }] });
  expect(told).toContainEqual(["a driver for what answers at 1-0023", "dtoverlay=i2c-sensor,bh1750"]);
  expect(told).toContainEqual(["a driver for what answers at 1-0077", "dtoverlay=i2c-sensor,bme280,addr=0x77"]);
  expect(told).toContainEqual(["a driver for what answers at 1-0061", "dtoverlay=i2c-sensor,<chip>"]);
  expect(told.join()).not.toContain("raspi-config");
});

test("a bus whose addresses nobody could look at is told, on this machine", () => {
  const i2c = [{ number: 1, free: undefined, held: [] }];
  expect(remedies({ i2c }).join()).toContain("i2c-tools");
  expect(remedies({ i2c }, false).join()).not.toContain("i2c-tools");
});

test("a device on I2C shows that the bus is on, even where it has no file in /dev", () => {
  const device = { folder: "/x", name: "bme280", names: ["bme280"], address: "1-0076", files: [] };
  expect(remedies({ iio: [device] }).join()).not.toContain("raspi-config");
  expect(remedies({}).join()).toContain("raspi-config nonint do_i2c 0");
});

test("a 1-Wire bus without a sensor is a matter of wires, not of config.txt", () => {
  expect(remedies({ oneWire: [] }).join()).toContain("4.7 kOhm");
  expect(remedies({ oneWire: [] }).join()).not.toContain("w1-gpio");
});
