/**
 * hwmon-chips: chips as the kernel's hwmon shows them, with labels, limits, and an input that says of itself when it
 * is broken (`_fault`).
 */
import { type Chip, I2C_1, milli, quantity } from "./chip.ts";

export const sht3x: Chip = {
  name: "sht3x@1-0044",
  bus: "hwmon",
  device: `${I2C_1}/1-0044`,
  still: { name: "sht3x\n", temp1_max: "125000\n", humidity1_max: "100000\n" },
  moving: (weather) => ({
    temp1_input: milli(quantity(weather, "temperature")),
    humidity1_input: milli(quantity(weather, "humidity")),
  }),
};

/** Two inputs with labels; the second is a diode outside of the chip, which may come loose. */
export const tmp431: Chip = {
  name: "tmp431@1-004c",
  bus: "hwmon",
  device: `${I2C_1}/1-004c`,
  still: { name: "tmp431\n", temp1_label: "board\n", temp2_label: "case\n", temp1_crit: "85000\n", temp2_crit: "85000\n" },
  moving: (weather, has) => ({
    temp1_input: milli(quantity(weather, "temperature") + 12),
    temp2_input: milli(quantity(weather, "temperature") + 4),
    temp2_fault: has("sensor_fault") ? "1\n" : "0\n",
  }),
};

export const rpiVolt: Chip = {
  name: "rpi_volt",
  bus: "hwmon",
  device: "sys/devices/platform/soc/soc:firmware/raspberrypi-hwmon",
  still: { name: "rpi_volt\n" },
  moving: (weather) => ({ in0_lcrit_alarm: quantity(weather, "supply") < 3.2 ? "1\n" : "0\n" }),
};

/** The processor's own; the kernel shows it as a thermal zone. */
export const cpuThermal: Chip = {
  name: "cpu-thermal",
  bus: "thermal",
  device: "sys/devices/virtual/thermal",
  still: { type: "cpu-thermal\n", policy: "step_wise\n" },
  moving: (weather) => ({ temp: milli(38 + quantity(weather, "temperature") / 2) }),
};
