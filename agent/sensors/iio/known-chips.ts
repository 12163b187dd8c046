/**
 * known-chips: the channels of chips that are known by name, so that a config need not list them.
 *
 * From the channel lists of the kernel's drivers (drivers/iio). A chip that lacks one of them has that channel
 * absent; any other chip is read too, with `attributes` in the config.
 */
import type { Quantity } from "./quantities.ts";

/** Channel name to attribute in sysfs without `_input` or `_raw`. */
export type Attributes = Readonly<Record<string, string>>;

const TEMPERATURE: Attributes = { temperature: "in_temp" };
const CLIMATE: Attributes = { ...TEMPERATURE, humidity: "in_humidityrelative" };
const BAROMETER: Attributes = { ...TEMPERATURE, pressure: "in_pressure" };
const LIGHT: Attributes = { illuminance: "in_illuminance" };
const THERMOCOUPLE: Attributes = { ...TEMPERATURE, ambient: "in_temp_ambient" };
const AIR: Attributes = { co2: "in_concentration_co2", ...CLIMATE };
const DUST: Attributes = {
  pm1: "in_massconcentration_pm1",
  pm2p5: "in_massconcentration_pm2p5",
  pm4: "in_massconcentration_pm4",
  pm10: "in_massconcentration_pm10",
};

export const KNOWN_CHIPS: Readonly<Record<string, Attributes>> = {
  ads1015: voltages(4),
  ads1115: voltages(4),
  bh1750: LIGHT,
  bme280: { ...BAROMETER, humidity: "in_humidityrelative" },
  bme680: { ...BAROMETER, humidity: "in_humidityrelative", gas_resistance: "in_resistance" },
  bmp180: BAROMETER,
  bmp280: BAROMETER,
  bmp380: BAROMETER,
  bmp580: BAROMETER,
  dht11: CLIMATE,
  dht22: CLIMATE,
  hts221: CLIMATE,
  htu21: CLIMATE,
  lps22hb: BAROMETER,
  max31855: THERMOCOUPLE,
  max31865: TEMPERATURE,
  max6675: TEMPERATURE,
  mcp3002: voltages(2),
  mcp3004: voltages(4),
  mcp3008: voltages(8),
  mcp3202: voltages(2),
  mcp3204: voltages(4),
  mcp3208: voltages(8),
  mlx90614: { ambient: "in_temp_ambient", object: "in_temp_object" },
  ms5611: BAROMETER,
  opt3001: LIGHT,
  scd30: AIR,
  scd4x: AIR,
  si7020: CLIMATE,
  sps30: DUST,
  tmp117: TEMPERATURE,
  tsl2561: LIGHT,
  veml7700: LIGHT,
};

function voltages(count: number): Attributes {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`voltage${index}`, `in_voltage${index}`]));
}

/**
 * Where a driver does not keep to the ABI. The bme680's says humidity in percent and, in kernels before 6.10,
 * pressure in hectopascal. The chip measures 30-110 kPa, which is 300-1,100 hPa, and humidity that deserves the
 * name is above 100 milli-percent, so the value tells which it is.
 *
 * @returns the value in the unit of the ABI.
 */
export function asInAbi(chip: string, { unit }: Quantity, value: number): number {
  if (chip !== "bme680") return value;
  if (unit === "hPa" && value > 200) return value / 10;
  if (unit === "%RH" && value <= 100) return value * 1_000;
  return value;
}
