import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { DRIVERS } from "../../agent/sensors/registry.ts";
import { simulated } from "../../agent/sensors/simulated.ts";
import { MODBUS_FAULTS } from "../../simulators/device/modbus/modbus-faults.ts";
import { MQTT_FAULTS } from "../../simulators/device/mqtt/mqtt-faults.ts";
import { SYSFS_FAULTS } from "../../simulators/device/sysfs/sysfs-faults.ts";
import { FAULTS, loadScript } from "../../simulators/faults/index.ts";
import { FAULT_NAMES } from "../../simulators/link/faults.ts";
import { loadScript as loadLinkScript } from "../../simulators/link/script.ts";
import { PROFILES } from "../../simulators/waveforms/index.ts";
import { eventually } from "../support/eventually.ts";
import { plainBroker } from "../support/plain-broker.ts";
import { ROOT } from "../support/project-files.ts";
import { simulate } from "../support/simulate.ts";
import { tempDir } from "../support/temp-dir.ts";

const readme = await readFile(join(ROOT, "simulators/README.md"), "utf8");

const written = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);

test("the sensors in the README's samples are accepted as they stand", () => {
  const samples = written.filter((yaml) => yaml.startsWith("sensors:")).map((yaml) => parse(yaml));
  expect(samples.length).toBe(4);
  for (const sample of samples) {
    const { name: _name, driver, every: _every, ...own } = sample.sensors[0];
    expect(driver).toBe(simulated.name);
    expect(simulated.config.safeParse(own).error).toBeUndefined();
  }
});

test("the README's script of faults is one that is taken", async () => {
  await using dir = await tempDir();
  const [, script = ""] = /```yaml script\n(.*?)```/s.exec(readme) ?? [];
  await writeFile(dir.join("faults.yaml"), script);
  expect((await loadScript(dir.join("faults.yaml"))).map(({ kind }) => kind.name)).toEqual(["stuck", "spike", "reboot"]);
});

test("the README names every fault with its own options", () => {
  for (const { name, own } of FAULTS) {
    const row = readme.split("\n").find((line) => line.startsWith(`| \`${name}\``)) ?? "";
    for (const option of ["|", ...Object.keys(own)]) expect(row, name).toContain(option);
  }
  for (const { name } of [...SYSFS_FAULTS, ...MODBUS_FAULTS, ...MQTT_FAULTS]) expect(readme).toContain(`\`${name}\``);
});

test.each(["sysfs --dir DIR", "modbus", "mqtt --broker BROKER"])(
  "what device %s says to paste is taken by the agent's drivers",
  async (words) => {
    await using dir = await tempDir();
    await using broker = await plainBroker();
    const args = words.replace("DIR", dir.join("pi")).replace("BROKER", broker.url).split(" ");
    const { output, stop, code, clock } = simulate("device", ...args);
    await eventually(
      () => clock.advance(0).then(() => clock.pending().length),
      (count) => count > 0,
      1,
    );
    stop.abort();
    expect(await code).toBe(0);
    const { sensors } = parse(/^(?: {2}root: .*\n)? {2}sensors:\n(?: {4}.*\n)+/m.exec(output.stdout)?.[0] ?? "");
    expect(sensors.length).toBeGreaterThan(0);
    for (const { name: _name, driver, every: _every, ...own } of sensors) {
      const kind = await DRIVERS[driver]?.();
      expect(kind?.config.safeParse(own).error).toBeUndefined();
    }
  },
);

test("the README names every profile with all its channels and units", () => {
  for (const { name, channels } of PROFILES) {
    const row = readme.split("\n").find((line) => line.startsWith(`| \`${name}\``)) ?? "";
    for (const channel of channels) expect(row).toContain(`\`${channel.name}\` ${channel.kind === "state" ? "0/1" : channel.unit}`);
  }
});

test("the script of faults for a link is accepted as it stands", async () => {
  await using dir = await tempDir();
  const [script = ""] = written.filter((yaml) => yaml.startsWith("faults:"));
  await writeFile(dir.join("faults.yaml"), script);
  expect((await loadLinkScript(dir.join("faults.yaml"))).length).toBe(4);
});

test("the README has a row for every fault of a link", () => {
  for (const name of FAULT_NAMES) expect(readme).toMatch(new RegExp(`^\\| \`${name}\` `, "m"));
});
