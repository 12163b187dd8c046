/**
 * power: does a Raspberry Pi get the voltage it needs, and does it stay cool enough?
 *
 * Under-voltage is behind most SD cards that "just died". Source: `get_throttled` of the firmware, a hexadecimal
 * number: bits 0-3 = now, 16-19 = since boot. On a kernel without it: `in0_lcrit_alarm` of the hwmon `rpi_volt`
 * (Linux, Documentation/hwmon/raspberrypi-hwmon.rst).
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Check, green, type Judgement, type Machine, red, yellow } from "../../protocol/index.ts";

const FLAGS = "sys/devices/platform/soc/soc:firmware/get_throttled";
const BITS = ["under-voltage", "ARM frequency capped", "throttled", "soft temperature limit"];
const SINCE_BOOT = 16;
const UNDER_VOLTAGE = 1;
const BETTER_SUPPLY = "use the supply made for this Pi and a short, thick cable; look again: vcgencmd get_throttled";
const COOLER = "give it a heat sink or some air; look again: vcgencmd measure_temp";

export const power: Check<Machine> = {
  name: "power",
  async examine({ root }) {
    const flags = await read(join(root, FLAGS));
    if (flags !== undefined) return [judgeFlags(Number.parseInt(flags, 16))];
    const alarm = await voltageAlarm(join(root, "sys/class/hwmon"));
    if (alarm === undefined) return []; // no Raspberry Pi
    return [alarm === "1" ? red("under-voltage since boot", BETTER_SUPPLY) : green("no under-voltage since boot")];
  },
};

function judgeFlags(flags: number): Judgement {
  const now = names(flags);
  const before = names(flags >> SINCE_BOOT).filter((name) => !now.includes(name));
  if (!Number.isFinite(flags) || now.length + before.length === 0) return green("enough voltage and cool since boot");
  const since = before.length === 0 ? "" : `${now.length === 0 ? "" : "; "}since boot: ${before.join(", ")}`;
  const found = `${now.length === 0 ? "" : `now: ${now.join(", ")}`}${since}`;
  const remedy = (flags | (flags >> SINCE_BOOT)) & UNDER_VOLTAGE ? BETTER_SUPPLY : COOLER;
  return flags & UNDER_VOLTAGE ? red(found, remedy) : yellow(found, remedy);
}

function names(bits: number): readonly string[] {
  return BITS.filter((_, bit) => (bits >> bit) & 1);
}

async function voltageAlarm(folder: string): Promise<string | undefined> {
  for (const name of await readdir(folder).catch(() => [])) {
    if ((await read(join(folder, name, "name"))) === "rpi_volt") return read(join(folder, name, "in0_lcrit_alarm"));
  }
  return undefined;
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, "latin1").then(
    (content) => content.trim(),
    () => undefined, // not this kind of machine
  );
}
