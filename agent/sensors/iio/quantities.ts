/**
 * quantities: what an IIO channel measures, and how the kernel's unit becomes the one that is sent.
 *
 * Units after offset and scale are those of Documentation/ABI/testing/sysfs-bus-iio: milli-degrees Celsius,
 * milli-percent, kilopascal, millivolt, milliampere, milliwatt, lux, percent of a gas ... Digits finer than any
 * such sensor can tell are noise of the multiplication: they are rounded off, for they would cost bytes.
 */
import type { SeriesKind } from "../../../protocol/index.ts";

export interface Quantity {
  /** UCUM code. */
  readonly unit: string;
  /** From the kernel's unit to this one. */
  readonly factor: number;
  /** Decimals that are kept. */
  readonly decimals: number;
  readonly kind: SeriesKind;
}

const gauge = (unit: string, factor: number, decimals: number): Quantity => ({ unit, factor, decimals, kind: "gauge" });

const UNKNOWN = gauge("1", 1, 6);

const BY_TYPE: Readonly<Record<string, Quantity>> = {
  temp: gauge("Cel", 1e-3, 3),
  humidityrelative: gauge("%RH", 1e-3, 3),
  pressure: gauge("hPa", 10, 3),
  voltage: gauge("V", 1e-3, 6),
  current: gauge("A", 1e-3, 6),
  power: gauge("W", 1e-3, 6),
  energy: { ...gauge("J", 1, 3), kind: "counter" },
  illuminance: gauge("lx", 1, 3),
  resistance: gauge("Ohm", 1, 3),
  concentration: gauge("%", 1, 6),
  massconcentration: gauge("ug/m3", 1, 3),
  accel: gauge("m/s2", 1, 6),
  anglvel: gauge("rad/s", 1, 6),
  magn: gauge("G", 1, 6),
  distance: gauge("m", 1, 6),
};

/** A gas in air is told in parts per million, not in percent. */
const CO2 = gauge("[ppm]", 1e4, 1);

/** `in_` type, number, second input of a difference, modifier: `in_voltage0-voltage1`, `in_temp_ambient`. */
export const ATTRIBUTE = /^in_(?<type>[a-z]+)\d*(?:-[a-z]+\d+)?(?:_[a-z0-9]+)*$/;

/** @param attribute name of the channel in sysfs without `_input` or `_raw`. */
export function quantityOf(attribute: string): Quantity {
  if (attribute.startsWith("in_concentration_co2")) return CO2;
  return BY_TYPE[ATTRIBUTE.exec(attribute)?.groups?.type ?? ""] ?? UNKNOWN;
}

/** @param value in the kernel's unit, offset and scale applied. */
export function inUnit({ factor, decimals }: Quantity, value: number): number {
  return Number((value * factor).toFixed(decimals));
}
