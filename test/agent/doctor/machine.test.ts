/**
 * What the doctor says of a machine, from trees that look like one.
 */
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { control } from "../../../agent/doctor/control.ts";
import { devices, judgeDevice } from "../../../agent/doctor/devices.ts";
import { disk } from "../../../agent/doctor/disk.ts";
import { power } from "../../../agent/doctor/power.ts";
import { mayRead, userById } from "../../../agent/doctor/rights.ts";
import { rtc } from "../../../agent/doctor/rtc.ts";
import { wear } from "../../../agent/doctor/wear.ts";
import { examined, examinedAgent, type Pi, pi } from "./pi.ts";

const THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled";

test.each([
  ["0", "green", "enough voltage and cool since boot"],
  ["50005", "red", "now: under-voltage, throttled"],
  ["50000", "yellow", "since boot: under-voltage, throttled"],
  ["80008", "yellow", "now: soft temperature limit"],
  ["e0002", "yellow", "now: ARM frequency capped; since boot: throttled, soft temperature limit"],
])("the firmware's flags %s are %s", async (flags, verdict, found) => {
  await using box = await pi();
  box.put(THROTTLED, `${flags}\n`);
  expect(await examined(power, box)).toMatchObject([{ check: "power", verdict, found }]);
});

test("without the firmware's flags the kernel's alarm is asked, and another machine is not judged", async () => {
  await using box = await pi();
  expect(await examined(power, box)).toEqual([]);
  box.put("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
  box.put("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
  box.put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
  expect(await examined(power, box)).toMatchObject([{ verdict: "red", found: "under-voltage since boot" }]);
  box.put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n");
  expect(await examined(power, box)).toMatchObject([{ verdict: "green" }]);
});

test("a clock of its own is named, and a machine without one is told how to get one", async () => {
  await using box = await pi();
  expect(await examined(rtc, box)).toMatchObject([{ verdict: "yellow", remedy: expect.stringContaining("dtoverlay=i2c-rtc,ds3231") }]);
  box.put("proc/cpuinfo", "flags\t\t: fpu hypervisor\n");
  expect(await examined(rtc, box)).toMatchObject([{ verdict: "green" }]);
  box.put("sys/class/rtc/rtc0/name", "rtc-ds1307 1-0068\n");
  expect(await examined(rtc, box)).toMatchObject([{ verdict: "green", found: "rtc0: rtc-ds1307 1-0068" }]);
});

/** A card under the spool, as `/sys` shows it: the mount is on its second partition. */
function putCard(box: Pi, attributes: Readonly<Record<string, string>>): void {
  box.put("proc/self/mountinfo", `25 1 179:2 / / rw - ext4 /dev/root rw\n`);
  box.put("proc/uptime", "86400.00 300.00\n");
  const block = "sys/devices/platform/mmc0/mmc0:aaaa/block/mmcblk0";
  box.put(`${block}/stat`, "   100 0 2000 5 300 0 2000000 7 0 9 9\n");
  box.put(`${block}/mmcblk0p2/partition`, "2\n");
  for (const [name, value] of Object.entries(attributes)) box.put(`${block}/device/${name}`, `${value}\n`);
  fs.mkdirSync(path.join(box.root, "sys/dev/block"), { recursive: true });
  fs.symlinkSync("../../devices/platform/mmc0/mmc0:aaaa/block/mmcblk0/mmcblk0p2", path.join(box.root, "sys/dev/block/179:2"));
}

test.each([
  [
    { type: "MMC", name: "DG4016", life_time: "0x01 0x02", pre_eol_info: "0x01" },
    "green",
    "eMMC DG4016, 1.02GB written a day since boot: at most 20 % of its life is used",
  ],
  [{ type: "MMC", name: "DG4016", life_time: "0x0a 0x01", pre_eol_info: "0x01" }, "yellow", "100 % of its life is used"],
  [{ type: "MMC", name: "DG4016", life_time: "0x01 0x01", pre_eol_info: "0x02" }, "yellow", "of its life is used"],
  [{ type: "MMC", name: "DG4016", life_time: "0x0b 0x01", pre_eol_info: "0x03" }, "red", "its life is used up"],
  [
    { type: "SD", name: "SC32G", date: "03/2021" },
    "green",
    "SD card SC32G, made 03/2021, 1.02GB written a day since boot; it does not tell its wear",
  ],
])("wear of %j is %s", async (attributes, verdict, found) => {
  await using box = await pi();
  putCard(box, attributes as Readonly<Record<string, string>>);
  const [finding] = await examinedAgent(wear, await box.config());
  expect(finding).toMatchObject({ verdict });
  expect(finding?.found).toContain(found);
});

test("a disk that is no card is not judged by its wear", async () => {
  await using box = await pi();
  expect(await examinedAgent(wear, await box.config())).toEqual([]);
  putCard(box, { type: "SDIO", name: "wifi" });
  expect(await examinedAgent(wear, await box.config())).toEqual([]);
});

test("the disk must have what the config promises to the spool and to others", async () => {
  await using box = await pi();
  const verdictWith = async (spool: string) => (await examinedAgent(disk, await box.config({ spool })))[0]?.verdict;
  expect(await verdictWith("{ path: ./box.db, keep_free: 1MB, max_size: 10MB }")).toBe("green");
  expect(await verdictWith("{ path: ./box.db, keep_free: 1MB, max_size: 900TB }")).toBe("yellow");
  expect(await verdictWith("{ path: ./box.db, keep_free: 900TB, max_size: 10MB }")).toBe("red");
});

test("a spool on a disk that is mounted read-only is red, with the command that mounts it", async () => {
  await using box = await pi();
  box.put("proc/self/mountinfo", "25 1 179:2 / / ro - ext4 /dev/root ro\n");
  const findings = await examinedAgent(disk, await box.config());
  expect(findings).toContainEqual(expect.objectContaining({ verdict: "red", remedy: expect.stringContaining("mount -o remount,rw /") }));
});

test("a device that the agent's user may not read is red, with the usermod that helps", async () => {
  await using box = await pi();
  box.put("dev/ttyUSB0", "");
  const file = path.join(box.root, "dev/ttyUSB0");
  if (process.getuid?.() === 0) fs.chownSync(file, 0, 20);
  fs.chmodSync(file, 0o660);
  const { uid, gid } = fs.statSync(file);
  box.put("etc/passwd", "nobody:x:65534:65534::/:/bin/false\ntributary:x:990:980::/:/bin/false\n");
  box.put("etc/group", `root:x:0:\ndialout:x:${gid}:\ni2c:x:44:pi,tributary\n`);
  const user = await userById(box.root, 990);
  expect(user).toEqual({ name: "tributary", uid: 990, groups: new Set([980, 44]) });
  const allowed = async (as: typeof user) => (await mayRead(file, as))?.allowed;
  expect(
    await Promise.all([
      allowed(user),
      allowed({ ...user, groups: new Set([gid]) }),
      allowed({ ...user, uid }),
      allowed({ ...user, uid: 0 }),
    ]),
  ).toEqual([false, true, true, true]);
  expect(await mayRead(`${file}1`, user)).toBeUndefined();

  const [sensor] = (await box.config()).sensors;
  const judge = () => judgeDevice(box.root, sensor as NonNullable<typeof sensor>, "/dev/ttyUSB0", user);
  expect(await judge()).toMatchObject({ verdict: "red", remedy: "sudo usermod -aG dialout tributary; then restart the agent" });
  fs.chmodSync(file, 0o600); // then the group does not help either
  expect((await judge()).remedy).not.toContain("usermod");
});

test("every device that a sensor names in its own keys is looked for, wherever it stands in them", async () => {
  await using box = await pi();
  box.put("dev/ttyUSB0", "");
  const config = await box.config();
  const [sensor] = config.sensors;
  const withOptions = (options: unknown) => ({ ...config, sensors: [{ ...(sensor as (typeof config.sensors)[number]), options }] });
  const there = await examinedAgent(devices, withOptions({ port: "/dev/ttyUSB0", speed: 9_600, note: "/devices/x" }));
  expect(there).toMatchObject([{ verdict: "green" }]);
  const missing = await examinedAgent(devices, withOptions({ bus: { path: ["/dev/i2c-1"] } }));
  expect(missing).toMatchObject([{ verdict: "red", found: expect.stringContaining("/dev/i2c-1 is not there") }]);
});

test("the agent is started by systemd where its unit is installed", async () => {
  await using box = await pi();
  const config = { ...(await box.config()), file: "box.yaml" };
  const found = async () => (await examinedAgent(control, config)).map(({ remedy }) => remedy);
  expect(await found()).toEqual(["tributary-agent run --config box.yaml"]);
  box.put("lib/systemd/system/tributary-agent.service", "[Service]\n");
  expect(await found()).toEqual(["sudo systemctl start tributary-agent"]);
});
