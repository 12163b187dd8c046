/**
 * Drivers of the user's own: the one of the README runs, and what is wrong with a file is told.
 */
import fs from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import { planSampling } from "../../../agent/sampling/plan.ts";
import { openDriver } from "../../../agent/sampling/sampler.ts";
import type { PolledDriver, StreamDriver } from "../../../agent/sensors/contract.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { startProgram } from "../../support/processes.ts";
import { inProject } from "../../support/project-files.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

const SIGNAL = new AbortController().signal;

async function sampleOfReadme(): Promise<string> {
  const text = await fs.readFile(inProject("agent/sensors/README.md"), "utf8");
  return /```js\n(.*?)```/s.exec(text)?.[1] ?? expect.fail("no sample");
}

async function write(dir: TempDir, driver: string, sensor: string): Promise<string> {
  await fs.writeFile(dir.join("own.mjs"), driver);
  const text = `agent: a\ncollector: mqtt://127.0.0.1:1\nspool: { path: ./spool.db }\ndrivers: [own.mjs]\nsensors:\n  - ${sensor}\n`;
  await fs.writeFile(dir.join("agent.yaml"), text);
  return dir.join("agent.yaml");
}

async function open(driver: string, sensor: string) {
  await using dir = await tempDir();
  const plan = planSampling(await loadAgentConfig(await write(dir, driver, sensor), {}));
  const random = { fraction: () => 0, bytes: (count: number) => new Uint8Array(count) };
  const [only] = plan.sensors;
  if (only === undefined) return expect.fail("no sensor");
  return openDriver(plan, only, { clock: manualClock().clock, random, log: quietLog() });
}

const DICE = "{ name: die, driver: dice, every: 1s, sides: 20 }";

describe("the driver of the README", () => {
  test("is read by `tributary-agent test`", async () => {
    await using dir = await tempDir();
    const config = await write(dir, await sampleOfReadme(), DICE);
    await using program = await startProgram({ args: ["agent/bin.js", "test", "die", "--config", config, "--json"] });
    expect(await program.ended).toMatchObject({ code: 0 });
    expect(program.stdout()).toMatch(/"spots"/);
  });

  test("gives what it says, and its fault is one like any other", async () => {
    const driver = (await open(await sampleOfReadme(), DICE)) as PolledDriver;
    await driver.open();
    expect(await driver.read(SIGNAL)).toEqual({ values: { spots: 1 + (1_767_225_600 % 20) } });
    const lost = (await open(await sampleOfReadme(), "{ name: die, driver: dice, every: 1s, lost: true }")) as PolledDriver;
    await expect(lost.open()).rejects.toMatchObject({ name: "Fault", code: "device_missing", hint: "look under the table" });
  });

  test.each([
    ["{ name: die, driver: dice, every: 1s, side: 3 }", "side"],
    ["{ name: die, driver: dice, every: 1s, sides: 1 }", "sensors[0].sides: expected a number of at least 2"],
    ["{ name: die, driver: dise, every: 1s }", "did you mean"],
    ["{ name: die, driver: dice }", "sensors[0].every: expected a duration"],
  ])("has its config checked like any other: %s", async (sensor, message) => {
    await using dir = await tempDir();
    const config = await write(dir, await sampleOfReadme(), sensor);
    await expect(loadAgentConfig(config, {})).rejects.toMatchObject({ code: "bad_config", message: expect.stringContaining(message) });
  });
});

const made = (parts: string) =>
  `export default ({ z }) => ({ name: "own", config: z.strictObject({}), channels: () => [{ name: "t", unit: "Cel", kind: "gauge" }], ${parts} });`;
const OWN = "{ name: s, driver: own, every: 1s }";

describe("a file", () => {
  test.each([
    ["that does not parse", "export default (", "a module that loads"],
    ["that throws", "throw new Error('no wire')", "no wire"],
    ["that misses a library", 'import x from "left-pad"; export default x;', "left-pad"],
    ["without a default export", "export const name = 1;", "export default"],
    ["whose default is no function", "export default {};", "export default"],
    ["whose function gives nothing", "export default () => {};", "expected a driver"],
    ["without a name", "export default ({ z }) => ({ config: z.strictObject({}) });", "`name`"],
    ["with a name that is taken", made("create() {}").replace('"own"', '"http"'), "name of its own"],
    ["without a schema", 'export default () => ({ name: "own", config: {} });', "`config`"],
    ["without channels", 'export default ({ z }) => ({ name: "own", config: z.strictObject({}) });', "`channels`"],
    ["without create", made(""), "`create`"],
  ])("%s is told with its place in the config", async (_, driver, message) => {
    await using dir = await tempDir();
    const fault = await loadAgentConfig(await write(dir, driver, OWN), {}).catch((error) => error);
    expect(fault.message).toMatch(/agent\.yaml:4:11 drivers\[0\]: /);
    expect(fault.message).toContain(message);
  });

  test.each([
    ["gives no driver", "create: () => undefined", "create"],
    ["gives a shape that is none", 'create: () => ({ shape: "push" })', "shape"],
    ["lacks a function", 'create: () => ({ shape: "polled", bus: "b", open() {}, close() {} })', "read"],
    ["throws", "create() { throw new Error('no wire'); }", "no wire"],
    ["offers a channel with a bad name", 'create() {}, channels: () => [{ name: "T 1", unit: "Cel", kind: "gauge" }]', "0.name"],
    ["offers none", "create() {}, channels: () => []", "channels"],
  ])("whose driver %s is refused before anything runs", async (_, parts, message) => {
    await using dir = await tempDir();
    const config = await write(dir, made(parts), OWN);
    await expect(loadAgentConfig(config, {})).rejects.toMatchObject({ code: "bad_config", message: expect.stringContaining(message) });
  });

  test("that is not there, is no module, or that everybody may write, is refused", async () => {
    await using dir = await tempDir();
    const config = await write(dir, made("create() {}"), OWN);
    await fs.chmod(dir.join("own.mjs"), 0o666);
    await expect(loadAgentConfig(config, {})).rejects.toThrow("chmod o-w");
    await fs.rm(dir.join("own.mjs"));
    await expect(loadAgentConfig(config, {})).rejects.toThrow("ENOENT");
    await fs.writeFile(config, (await fs.readFile(config, "utf8")).replace("own.mjs", "agent.yaml"));
    await expect(loadAgentConfig(config, {})).rejects.toThrow("ends in .mjs");
  });
});

test("a driver's file that changed makes another plan of its sensors, and one that did not the same", async () => {
  await using dir = await tempDir();
  const parts = `create: () => ({ shape: "polled", bus: "b", async open() {}, async close() {}, async read() { return { values: {} }; } })`;
  const config = await write(dir, made(parts), OWN);
  const fingerprint = async (at: number) => {
    await fs.utimes(dir.join("own.mjs"), at, at);
    return planSampling(await loadAgentConfig(config, {})).sensors[0]?.fingerprint;
  };
  const first = await fingerprint(1_790_000_000);
  expect(await fingerprint(1_790_000_000)).toBe(first);
  expect(await fingerprint(1_790_000_060)).not.toBe(first);
});

describe("what a driver gives is held against the contract", () => {
  const polled = (sample: string) =>
    made(`create: () => ({ shape: "polled", bus: "b", async open() {}, async close() {}, async read() { return ${sample}; } })`);
  test.each([
    "undefined",
    "21.5",
    "{}",
    "{ values: { t: true } }",
    "{ values: { t: 1n } }",
    "{ values: { t: { value: 1, quality: 'fair', reason: 'x' } } }",
    "{ at: 1.5, values: {} }",
  ])("the sample %s is a fault of that sensor", async (sample) => {
    const driver = (await open(polled(sample), OWN)) as PolledDriver;
    await driver.open();
    await expect(driver.read(SIGNAL)).rejects.toMatchObject({ name: "Fault", code: "driver_bug", retry: false });
  });

  test("a value may be a number, the name of a state, or either with a quality", async () => {
    const values = {
      t: "open",
      u: { value: "shut", quality: "suspect", reason: "jammed" },
      v: { value: 1, quality: "bad", reason: "wet" },
    };
    const driver = (await open(polled(`{ values: ${JSON.stringify(values)} }`), OWN)) as PolledDriver;
    await driver.open();
    expect(await driver.read(SIGNAL)).toEqual({ values });
  });

  test("what is no value is told with what was expected and what came", async () => {
    const driver = (await open(polled("{ values: { t: { value: 1, quality: 'fair' } } }"), OWN)) as PolledDriver;
    await expect(driver.read(SIGNAL)).rejects.toMatchObject({
      message: 's: read values.t: expected a number, the name of a state, or { value, quality, reason }, got {"value":1,"quality":"fair"}',
    });
  });

  test("a stream is live unless it says that it is drawn, and what waits at the end is held against it too", async () => {
    const stream = (more: string) =>
      made(`create: () => ({ shape: "stream", bus: "b", ${more} async open() {}, async close() {}, async next() {} })`);
    const live = (await open(stream("rest: () => ({ samples: [{ values: { t: 1 } }] }),"), "{ name: s, driver: own }")) as StreamDriver;
    expect(live.pace).toBe("live");
    expect(() => live.rest?.()).toThrow(expect.objectContaining({ code: "driver_bug" }));
    const drawn = (await open(stream('pace: "drawn",'), "{ name: s, driver: own }")) as StreamDriver;
    expect([drawn.pace, drawn.rest?.()]).toEqual(["drawn", undefined]);
  });

  test("a stream's sample has an instant, or the moment in which it arrived", async () => {
    const stream = (sample: string) =>
      made(
        `create: () => ({ shape: "stream", bus: "b", async open() {}, async close() {}, async next() { return { samples: [${sample}] }; } })`,
      );
    const good = (await open(stream("{ at: 1795165200000000, values: { t: NaN } }"), "{ name: s, driver: own }")) as StreamDriver;
    expect(await good.next(SIGNAL)).toEqual({ samples: [{ at: 1_795_165_200_000_000, values: { t: Number.NaN } }] });
    const bad = (await open(stream("{ values: { t: 1 } }"), "{ name: s, driver: own }")) as StreamDriver;
    await expect(bad.next(SIGNAL)).rejects.toMatchObject({ code: "driver_bug" });
  });
});
