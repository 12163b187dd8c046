/**
 * one-wire-chips: a DS18B20 as `w1_slave` shows it: the nine bytes of its scratchpad with their checksum, then the
 * bytes of the last good reading and its temperature.
 *
 * The checksum is that of Dallas/Maxim, x^8 + x^5 + x^4 + 1 (application note 27); the kernel cuts sixteenths of a
 * degree to whole milli-degrees. The ways in which it lies all have a good checksum but one:
 * 85 degrees before the first conversion (byte 6 = 0c), all zero where data is shorted, and `NO`.
 */
import { type Chip, quantity } from "./chip.ts";

export function ds18b20(id: string): Chip {
  let lastGood = scratchpad(20);
  return {
    name: id,
    bus: "w1",
    device: "sys/devices/w1_bus_master1",
    still: { name: `${id}\n`, resolution: "12\n", ext_power: "1\n" },
    moving(weather, has) {
      if (has("power_on")) return answer(POWER_ON, POWER_ON, 85_000);
      if (has("all_zero")) return answer(new Array(9).fill(0), new Array(9).fill(0), 0);
      const bytes = scratchpad(quantity(weather, "temperature"));
      if (has("bad_crc")) return answer([...bytes.slice(0, 8), (bytes[8] ?? 0) ^ 0x5a], lastGood, milliDegrees(bytes));
      lastGood = bytes;
      return answer(bytes, bytes, milliDegrees(bytes));
    },
  };
}

const POWER_ON = withSum([0x50, 0x05, 0x4b, 0x46, 0x7f, 0xff, 0x0c, 0x10]);

/** Twelve bits: sixteenths of a degree. */
function scratchpad(degrees: number): readonly number[] {
  const sixteenths = Math.round(Math.min(125, Math.max(-55, degrees)) * 16);
  return withSum([sixteenths & 0xff, (sixteenths >> 8) & 0xff, 0x4b, 0x46, 0x7f, 0xff, 0x10 - (sixteenths & 0x0f), 0x10]);
}

function milliDegrees([low = 0, high = 0]: readonly number[]): number {
  return Math.trunc(((((high << 8) | low) << 16) >> 16) * 62.5);
}

function answer(read: readonly number[], kept: readonly number[], milli: number): { readonly w1_slave: string } {
  const sum = checksum(read.slice(0, 8));
  const verdict = sum === read[8] ? "YES" : "NO";
  return { w1_slave: `${hex(read)} : crc=${hex([sum])} ${verdict}\n${hex(kept)} t=${milli}\n` };
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function withSum(bytes: readonly number[]): readonly number[] {
  return [...bytes, checksum(bytes)];
}

function checksum(bytes: readonly number[]): number {
  const bits = bytes.flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1));
  return bits.reduce((sum, bit) => (sum >> 1) ^ ((sum ^ bit) & 1 ? 0x8c : 0), 0);
}
