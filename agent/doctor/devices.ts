/**
 * devices: are the device files that the config names there, and may the agent's user read them?
 *
 * The user is the owner of the spool, else whoever asks. Every text of a sensor's own keys that begins with `/dev/` is
 * taken for a device, so a new driver needs nothing here.
 */
import { stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { type Check, green, type Judgement, red } from "../../protocol/index.ts";
import type { SensorConfig } from "../config/config.ts";
import type { Patient } from "./patient.ts";
import { groupName, mayRead, type User, userById } from "./rights.ts";

export const devices: Check<Patient> = {
  name: "devices",
  async examine({ root, config }) {
    const user = await userById(root, await ownerOf(config.spool.path));
    const named = config.sensors.flatMap((sensor) => devicesOf(sensor.options).map((device) => ({ sensor, device })));
    return Promise.all(named.map(({ sensor, device }) => judgeDevice(root, sensor, device, user)));
  },
};

/** Is it there, and may this user read it? */
export async function judgeDevice(
  root: string,
  { name, driver }: Pick<SensorConfig, "name" | "driver">,
  device: string,
  user: User,
): Promise<Judgement> {
  const right = await mayRead(join(root, device), user);
  const who = `${name} (${driver.name})`;
  if (right === undefined)
    return red(`${who}: ${device} is not there`, `is it plugged in and switched on? ls -l ${dirname(device)}; dmesg | tail`);
  if (right.allowed) return green(`${who}: ${device} is there, and ${user.name} may read it`);
  const group = await groupName(root, right.gid);
  const isUseful = right.groupMay && right.gid !== 0; // in the group root one has no business
  const remedy = isUseful
    ? `sudo usermod -aG ${group} ${user.name}; then restart the agent`
    : `ls -l ${device}: give it a group with a udev rule`;
  return red(`${who}: ${user.name} may not read ${device}${right.groupMay ? `, its group ${group} may` : ""}`, remedy);
}

/** Device files anywhere in a sensor's own keys. */
function devicesOf(options: unknown): readonly string[] {
  if (typeof options === "string") return options.startsWith("/dev/") ? [options] : [];
  if (typeof options !== "object" || options === null) return [];
  return [...new Set(Object.values(options).flatMap(devicesOf))];
}

/** Of the spool, or of the folder it is in, or whoever asks. */
async function ownerOf(spool: string): Promise<number> {
  for (const path of [spool, dirname(spool)]) {
    const found = await stat(path).catch(() => undefined); // before the first start
    if (found !== undefined) return found.uid;
  }
  return userInfo().uid;
}
