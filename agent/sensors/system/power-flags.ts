/**
 * power-flags: what a Raspberry Pi says of its power supply and its heat: `get_throttled` of its firmware.
 *
 * One number in hexadecimal; bits 0 to 3 are now, bits 16 to 19 whether it was so since the machine started (Raspberry
 * Pi documentation, vcgencmd). The kernel shows it in sysfs; `vcgencmd`, which wants the group video, says the same.
 */
import { execFile } from "node:child_process";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "../../../protocol/index.ts";
import { type ChannelSpec, readAttribute } from "../contract.ts";

/** Bit by channel. */
const FLAGS = {
  under_voltage: 0,
  throttled: 2,
  too_hot: 3,
  under_voltage_seen: 16,
  throttled_seen: 18,
} as const;

export const POWER_CHANNELS: readonly ChannelSpec[] = Object.keys(FLAGS).map((name) => ({ name, unit: "1", kind: "state" }));

/** On a Pi 5 the folder in the middle has an address in its name. */
const PLACES = "sys/devices/platform/{soc,axi,soc@*}/*firmware/get_throttled";
const VCGENCMD_MS = 5_000;

/** Undefined where the kernel shows none. */
export async function powerFile(root: string): Promise<string | undefined> {
  for await (const file of glob(PLACES, { cwd: root })) return join(root, file);
  return undefined;
}

/** @throws Fault `device_missing`, of `deviceFault`; `bad_value`, to be asked again. */
export async function readPowerFlags(source: "sysfs" | "vcgencmd", root: string): Promise<Readonly<Record<string, number>>> {
  const text = source === "vcgencmd" ? await askFirmware() : await readAttribute(await existing(root));
  const [, digits] = /^(?:throttled=)?(?:0x)?([0-9a-f]{1,8})$/i.exec(text.trim()) ?? [];
  if (digits === undefined) {
    throw new Fault("bad_value", `get_throttled: expected a number in hexadecimal, got ${JSON.stringify(text.slice(0, 40))}`, {
      retry: true,
    });
  }
  const bits = Number.parseInt(digits, 16);
  return Object.fromEntries(Object.entries(FLAGS).map(([name, bit]) => [name, (bits >>> bit) & 1]));
}

async function existing(root: string): Promise<string> {
  const file = await powerFile(root);
  if (file !== undefined) return file;
  throw new Fault("device_missing", `${join(root, PLACES)}: expected the flags of a Raspberry Pi's firmware, there are none`, {
    hint: "on a Raspberry Pi with an old kernel set power_flags: vcgencmd; on another machine leave it out",
  });
}

function askFirmware(): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("vcgencmd", ["get_throttled"], { timeout: VCGENCMD_MS, encoding: "latin1" }, (error, stdout) => {
      if (error === null) return resolve(stdout);
      const hint = "is this a Raspberry Pi, and the agent's user in the group video? sudo usermod -aG video tributary";
      reject(new Fault("device_missing", `vcgencmd get_throttled: expected an answer, got: ${error.message}`, { hint, cause: error }));
    });
  });
}
