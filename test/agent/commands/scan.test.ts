import fs from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { scanCommand } from "../../../agent/commands/scan.ts";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import { nodeExporterTree } from "../../support/node-exporter-tree.ts";
import { barePi, fullPi } from "../../support/pi.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

async function scanned(tree: TempDir, more: object = {}) {
  let out = "";
  const code = await scanCommand({ root: tree.path, json: false, ...more }, (text) => {
    out += text;
  });
  return { code, out };
}

/** The config that was printed, as the agent takes it. */
async function loaded(tree: TempDir, text: string) {
  await fs.writeFile(tree.join("printed.yaml"), text);
  return loadAgentConfig(tree.join("printed.yaml"), {});
}

describe.each([
  ["a bare Pi", barePi, 2],
  ["a Pi with everything", fullPi, 12],
  ["real machines", nodeExporterTree, 9],
])("on %s", (_title, machine, count) => {
  test("all that is printed is a config that the agent takes, for the tree that was scanned", async () => {
    await using tree = await machine();
    const { code, out } = await scanned(tree, { agent: "greenhouse-1" });
    expect(code).toBe(0);
    const config = await loaded(tree, out);
    expect(config).toMatchObject({ agent: "greenhouse-1", root: tree.path, collector: { url: "mqtt://127.0.0.1:1883" } });
    expect(config.spool.path).toBe("/var/lib/tributary/spool.db");
    expect(config.sensors).toHaveLength(count);
    expect(config.sensors[0]?.driver.name).toBe("system");
  });
});

test("a root that is no machine's is refused, and no config is written", async () => {
  await using dir = await tempDir();
  const write = dir.join("agent.yaml");
  await expect(scanned(dir, { write })).rejects.toMatchObject({ code: "no_machine" });
  await expect(scanCommand({ root: dir.join("nowhere"), json: false, write }, () => {})).rejects.toMatchObject({ code: "no_machine" });
  await expect(fs.readFile(write)).rejects.toMatchObject({ code: "ENOENT" });
});

test("what is not there is told with the line that makes it appear", async () => {
  await using tree = await barePi();
  const { out } = await scanned(tree);
  for (const line of [
    "raspi-config nonint do_i2c 0",
    "dtoverlay=i2c-sensor,bme280,addr=0x76",
    "dtoverlay=w1-gpio",
    "dtoverlay=dht11,gpiopin=4",
  ]) {
    expect(out).toContain(line);
  }
  expect(out).toContain("/boot/firmware/config.txt");
});

test("what is there is not called missing", async () => {
  await using tree = await fullPi();
  const { out } = await scanned(tree);
  for (const line of ["raspi-config", "i2c-sensor,bme280", "w1-gpio", "dht11,gpiopin", "i2c-tools"]) expect(out).not.toContain(line);
  expect(out).toContain("# Nothing is missing");
  expect(out).toContain("/dev/serial/by-id/usb-Arduino_Uno_7533-if00");
});

test("the agent's name is the host's, made a valid one, and the config says so", async () => {
  await using tree = await barePi();
  const { out } = await scanned(tree);
  expect(out).toMatch(/^agent: \S+ # (the host's name|from the host's name .*)$/m);
  await expect(scanned(tree, { agent: "Not A Name" })).rejects.toMatchObject({ code: "bad_name", hint: 'use "not-a-name"' });
});

describe("--write", () => {
  test("writes the config and tells what to do next", async () => {
    await using tree = await fullPi();
    const file = tree.join("etc/agent.yaml");
    const { code, out } = await scanned(tree, { write: file });
    expect(code).toBe(0);
    expect(out).toContain(`Next: tributary-agent check --config ${file}`);
    expect((await loadAgentConfig(file, {})).sensors).toHaveLength(12);
  });

  test("leaves a file alone that is there already", async () => {
    await using tree = await barePi();
    await fs.writeFile(tree.join("agent.yaml"), "mine\n");
    await expect(scanned(tree, { write: tree.join("agent.yaml") })).rejects.toMatchObject({ code: "file_exists" });
    expect(await fs.readFile(tree.join("agent.yaml"), "utf8")).toBe("mine\n");
  });
});

test("--json carries findings, lines and config for a program", async () => {
  await using tree = await fullPi();
  const answer = JSON.parse((await scanned(tree, { json: true, agent: "a" })).out);
  expect(Object.keys(answer)).toEqual(["agent", "root", "sensors", "serial", "i2c", "missing", "config"]);
  expect(answer.sensors).toContainEqual({ name: "sht3x", driver: "hwmon", comment: expect.any(String), options: { chip: "sht3x" } });
  expect((await loaded(tree, answer.config)).agent).toBe("a");
});

test("sensors on a long 1-Wire bus are given the time that the bus needs", async () => {
  await using tree = await barePi();
  for (let number = 0; number < 20; number++) await tree.oneWire(`28-0000000000${number.toString(16).padStart(2, "0")}`, "");
  const { sensors } = await loaded(tree, (await scanned(tree)).out);
  const probes = sensors.filter(({ driver }) => driver.name === "one_wire");
  expect([probes.length, new Set(probes.map(({ every }) => every))]).toEqual([20, new Set([40_000_000])]);
});
