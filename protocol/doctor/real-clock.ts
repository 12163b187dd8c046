/**
 * real-clock: is there a clock that goes on while the machine is off?
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hasRealClock } from "../clock-evidence.ts";
import { green, type Judgement, yellow } from "./finding.ts";

/** Source: Linux, Documentation/ABI/testing/rtc-cdev and sysfs-class-rtc (`name`). */
export async function judgeRealClock(root: string): Promise<readonly Judgement[]> {
  const name = await readFile(join(root, "sys/class/rtc/rtc0/name"), "utf8").catch(() => undefined); // none is an answer too
  if (name !== undefined) return [green(`rtc0: ${name.trim()}`)];
  if (hasRealClock(root)) return [green("a clock of its own, or a hypervisor's")];
  const found = "no clock that goes on while the machine is off: after a power cut the time is wrong until NTP or the collector tells it";
  return [yellow(found, "with a DS3231 on I2C: echo dtoverlay=i2c-rtc,ds3231 | sudo tee -a /boot/firmware/config.txt, then reboot")];
}
