/**
 * The contract of a made-up chip: which files the kernel would show of it.
 *
 * Names and units are those of the kernel's documents: ABI/testing/sysfs-bus-iio (milli-degrees, milli-percent,
 * kilopascal, millivolt, lux), hwmon/sysfs-interface (milli-degrees, milli-percent, millivolt), w1/slaves/w1_therm
 * (two lines), ABI/testing/sysfs-class-thermal (milli-degrees).
 */

/** Name to content, as the kernel writes it: with a line feed. */
export type Files = Readonly<Record<string, string>>;

/** Of the profile `weather`. */
export type Weather = Readonly<Record<string, number>>;

/** What is wrong with it at this moment. */
export type Ailment = "bad_crc" | "power_on" | "all_zero" | "sensor_fault";

export interface Chip {
  /** How it is named on the command line: `bme280@1-0076`. */
  readonly name: string;
  /** Whose list of devices shows it. */
  readonly bus: "iio" | "hwmon" | "w1" | "thermal";
  /** Folder of its device, below the root: `sys/devices/platform/...`. */
  readonly device: string;
  /** Files that never change. */
  readonly still: Files;
  /** Files of a moment. */
  moving(weather: Weather, has: (ailment: Ailment) => boolean): Files;
}

/** A quantity of the weather; all that are asked for exist. */
export function quantity(weather: Weather, name: string): number {
  return weather[name] ?? 0;
}

/** An attribute with one value. */
export function line(value: number | string): string {
  return `${value}\n`;
}

export function milli(value: number): string {
  return line(Math.round(value * 1_000));
}

export const I2C_1 = "sys/devices/platform/soc/fe804000.i2c/i2c-1";
