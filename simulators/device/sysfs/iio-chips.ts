/**
 * iio-chips: chips as the drivers of the kernel's IIO show them: some as a finished `_input`, some as `_raw` with
 * `_offset` and `_scale`.
 */
import { type Chip, I2C_1, line, milli, quantity } from "./chip.ts";

/** drivers/iio/pressure/bmp280-core.c: finished values; pressure is a fraction of kilopascal with nine digits. */
export function bme280(address: "0076" | "0077"): Chip {
  return {
    name: `bme280@1-${address}`,
    bus: "iio",
    device: `${I2C_1}/1-${address}`,
    still: {
      name: "bme280\n",
      in_temp_oversampling_ratio: "2\n",
      in_pressure_oversampling_ratio: "16\n",
      in_humidityrelative_oversampling_ratio: "16\n",
    },
    moving: (weather) => ({
      in_temp_input: milli(quantity(weather, "temperature")),
      in_humidityrelative_input: milli(quantity(weather, "humidity")),
      in_pressure_input: line((quantity(weather, "pressure") / 10).toFixed(9)),
    }),
  };
}

/** drivers/iio/humidity/dht11.c: whole degrees and percent, and a name that is that of its node. */
export const dht11: Chip = {
  name: "dht11@4",
  bus: "iio",
  device: "sys/devices/platform/dht11@4",
  still: { name: "dht11@4\n" },
  moving: (weather) => ({
    in_temp_input: milli(Math.round(quantity(weather, "temperature"))),
    in_humidityrelative_input: milli(Math.round(quantity(weather, "humidity"))),
  }),
};

const SI7020_TEMPERATURE_STEP = 175_720 / 16_384;
const SI7020_HUMIDITY_STEP = 125_000 / 16_384;

/** drivers/iio/humidity/si7020.c: 14 bits with offset and scale. */
export const si7020: Chip = {
  name: "si7020@1-0040",
  bus: "iio",
  device: `${I2C_1}/1-0040`,
  still: {
    name: "si7020\n",
    in_temp_offset: "-4368\n",
    in_temp_scale: line(SI7020_TEMPERATURE_STEP.toFixed(9)),
    in_humidityrelative_offset: "-786\n",
    in_humidityrelative_scale: line(SI7020_HUMIDITY_STEP.toFixed(9)),
  },
  moving: (weather) => ({
    in_temp_raw: line(Math.round((quantity(weather, "temperature") * 1_000) / SI7020_TEMPERATURE_STEP) + 4_368),
    in_humidityrelative_raw: line(Math.round((quantity(weather, "humidity") * 1_000) / SI7020_HUMIDITY_STEP) + 786),
  }),
};

const BH1750_STEP = 0.833333;

/** drivers/iio/light/bh1750.c at its usual integration time: 16 bits, so 54,612 lx at most. */
export const bh1750: Chip = {
  name: "bh1750@1-0023",
  bus: "iio",
  device: `${I2C_1}/1-0023`,
  still: { name: "bh1750\n", in_illuminance_scale: line(BH1750_STEP), in_illuminance_integration_time: "0.120060\n" },
  moving: (weather) => ({ in_illuminance_raw: line(Math.min(65_535, Math.round(quantity(weather, "illuminance") / BH1750_STEP))) }),
};

const ADS1115_STEP = 0.125;

/** drivers/iio/adc/ti-ads1015.c at +-4.096 V: 0.125 mV a step. Four inputs on the same supply, over dividers. */
export const ads1115: Chip = {
  name: "ads1115@1-0048",
  bus: "iio",
  device: `${I2C_1}/1-0048`,
  still: {
    name: "ads1115\n",
    ...Object.fromEntries([0, 1, 2, 3].map((input) => [`in_voltage${input}_scale`, line(ADS1115_STEP.toFixed(9))])),
  },
  moving(weather) {
    const inputs = [1, 1 / 2, 1 / 3, 1 / 4].map((part) => (quantity(weather, "supply") * 1_000 * part) / ADS1115_STEP);
    return Object.fromEntries(inputs.map((steps, input) => [`in_voltage${input}_raw`, line(Math.round(steps))]));
  },
};
