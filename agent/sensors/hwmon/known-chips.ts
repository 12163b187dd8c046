/**
 * known-chips: the inputs of chips that are the same on every board, so that a config need not list them.
 *
 * From Documentation/hwmon. Other chips are read too, with `inputs` in the config.
 */

/** Channel name to input: `{ temperature: temp1 }`. */
export type NamedInputs = Readonly<Record<string, string>>;

const TEMPERATURE: NamedInputs = { temperature: "temp1" };
const CLIMATE: NamedInputs = { ...TEMPERATURE, humidity: "humidity1" };
const POWER: NamedInputs = { shunt_voltage: "in0", voltage: "in1", current: "curr1", power: "power1" };

export const KNOWN_CHIPS: Readonly<Record<string, NamedInputs>> = {
  aht10: CLIMATE,
  cpu_thermal: TEMPERATURE,
  drivetemp: TEMPERATURE,
  hdc3020: CLIMATE,
  ina219: POWER,
  ina226: POWER,
  lm75: TEMPERATURE,
  nvme: TEMPERATURE,
  pwmfan: { fan: "fan1" },
  rpi_volt: { under_voltage: "in0_lcrit_alarm" },
  sht3x: CLIMATE,
  sht4x: CLIMATE,
  shtc1: CLIMATE,
  shtc3: CLIMATE,
  tmp102: TEMPERATURE,
};
