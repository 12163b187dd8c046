/**
 * missing: what is not there, each with the line that makes it appear.
 *
 * The overlays are those of Raspberry Pi OS (its /boot/firmware/overlays/README). An address is a hint at a chip
 * and no more: several share one.
 */
import type { I2cBus } from "./i2c.ts";
import type { Machine } from "./machine.ts";

export interface Missing {
  readonly what: string;
  /** A command, or a line of config.txt. */
  readonly remedy: string;
  readonly where: "shell" | "config.txt" | "wiring";
}

/** By address: the chip that is most often found there, as the overlay wants it. */
const LIKELY: Readonly<Record<number, string>> = {
  35: "bh1750",
  41: "tsl4531",
  57: "apds9960",
  64: "si7020",
  68: "sht3x",
  69: "sht3x,addr=0x45",
  72: "tmp102",
  92: "bh1750,addr=0x5c",
  90: "mpr121",
  118: "bme280,addr=0x76",
  119: "bme280,addr=0x77",
};

/** @param isThisMachine addresses of another tree's buses cannot be asked for. */
export function missingIn({ iio, hwmon, thermal, oneWire, serial, i2c }: Machine, isThisMachine: boolean): readonly Missing[] {
  const missing: Missing[] = [];
  const bare = (what: string, remedy: string, where: Missing["where"]) => missing.push({ what, remedy, where });
  const isI2cOn = i2c.length > 0 || [...iio, ...hwmon].some(({ address = "" }) => /^\d+-[0-9a-f]{4}$/.test(address));
  if (!isI2cOn) bare("the I2C bus", "sudo raspi-config nonint do_i2c 0", "shell");
  if (isThisMachine && i2c.some(({ free }) => free === undefined))
    bare("the addresses of the I2C bus", "sudo apt install i2c-tools, and the group i2c for you", "shell");
  missing.push(...i2c.flatMap(withoutDriver));
  if (!iio.some(({ names }) => names.includes("bme280"))) bare("a BME280 on I2C", "dtoverlay=i2c-sensor,bme280,addr=0x76", "config.txt");
  if (oneWire === undefined) bare("the 1-Wire bus (DS18B20)", "dtoverlay=w1-gpio", "config.txt");
  else if (oneWire.length === 0) bare("a sensor on the 1-Wire bus", "data to GPIO 4, 4.7 kOhm from data to 3.3 V", "wiring");
  if (!iio.some(({ names }) => names.includes("dht11"))) bare("a DHT11 or DHT22", "dtoverlay=dht11,gpiopin=4", "config.txt");
  if (serial.length === 0) bare("a serial device on USB", "plug it in; it appears in /dev/serial/by-id", "wiring");
  if (hwmon.length === 0 && thermal.length === 0) bare("a temperature of this machine", "a virtual machine seldom shows one", "wiring");
  return missing;
}

function withoutDriver({ number, free = [] }: I2cBus): readonly Missing[] {
  return free.map((address) => {
    const likely = LIKELY[address];
    const remedy = `dtoverlay=i2c-sensor,${likely ?? "<chip>"}`;
    return { what: `a driver for what answers at ${number}-00${address.toString(16).padStart(2, "0")}`, remedy, where: "config.txt" };
  });
}
