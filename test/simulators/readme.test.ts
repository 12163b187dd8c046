import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { simulated } from "../../agent/sensors/simulated.ts";
import { FAULT_NAMES } from "../../simulators/link/faults.ts";
import { loadScript } from "../../simulators/link/script.ts";
import { PROFILES } from "../../simulators/waveforms/index.ts";
import { ROOT } from "../support/project-files.ts";
import { tempDir } from "../support/temp-dir.ts";

const readme = await readFile(join(ROOT, "simulators/README.md"), "utf8");

const written = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);

test("the sensors in the README's samples are accepted as they stand", () => {
  const samples = written.filter((yaml) => yaml.startsWith("sensors:")).map((yaml) => parse(yaml));
  expect(samples.length).toBe(3);
  for (const sample of samples) {
    const { name: _name, driver, every: _every, ...own } = sample.sensors[0];
    expect(driver).toBe(simulated.name);
    expect(simulated.config.safeParse(own).error).toBeUndefined();
  }
});

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
  expect((await loadScript(dir.join("faults.yaml"))).length).toBe(4);
});

test("the README has a row for every fault of a link", () => {
  for (const name of FAULT_NAMES) expect(readme).toMatch(new RegExp(`^\\| \`${name}\` `, "m"));
});
