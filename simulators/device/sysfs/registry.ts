/**
 * registry: every made-up chip. Adding one = its entry in the file of its bus and one line here.
 */
import type { Chip } from "./chip.ts";
import { cpuThermal, rpiVolt, sht3x, tmp431 } from "./hwmon-chips.ts";
import { ads1115, bh1750, bme280, dht11, si7020 } from "./iio-chips.ts";
import { ds18b20 } from "./one-wire-chips.ts";

/** Made anew for each tree: a probe remembers its last good reading. */
export function allChips(): readonly Chip[] {
  return [
    bme280("0076"),
    bme280("0077"),
    dht11,
    si7020,
    bh1750,
    ads1115,
    sht3x,
    tmp431,
    rpiVolt,
    cpuThermal,
    ds18b20("28-00000a1b2c3d"),
    ds18b20("28-00000a1b2c3e"),
  ];
}
