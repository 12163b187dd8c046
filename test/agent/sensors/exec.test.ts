/**
 * The exec driver with real programs.
 */
import fs from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import { planSampling } from "../../../agent/sampling/plan.ts";
import { trySensor } from "../../../agent/sampling/trial.ts";
import type { PolledDriver, Sample, StreamDriver } from "../../../agent/sensors/contract.ts";
import { exec } from "../../../agent/sensors/exec.ts";
import { micros } from "../../../protocol/index.ts";
import { driverContext, type TestContext } from "../../support/driver-context.ts";
import { eventually } from "../../support/eventually.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { quietLog } from "../../support/quiet-log.ts";
import { draw, values } from "../../support/stream.ts";
import { tempDir } from "../../support/temp-dir.ts";

const SIGNAL = new AbortController().signal;

async function create<T>(config: object, context: TestContext = driverContext()): Promise<T> {
  return exec.create(await exec.config.parseAsync(config), context) as T;
}

async function run(config: object, context?: TestContext): Promise<Sample["values"]> {
  const driver = await create<PolledDriver>(config, context);
  await driver.open();
  return (await driver.read(SIGNAL)).values;
}

const says = (text: string) => ({ command: ["printf", "%s", text] });

/** Is a process with this in its command line running? */
async function isRunning(mark: string): Promise<boolean> {
  for (const pid of (await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await fs.readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
    if (line.includes(mark) && Number(pid) !== process.pid) return true;
  }
  return false;
}

describe("what a command prints", () => {
  test.each([
    ["a number", "21.5\r\n", { plain: "t" }, { t: 21.5 }],
    ["a number behind a mark of Unicode", "\ufeff21.5", { plain: "t" }, { t: 21.5 }],
    ["a number with a decimal comma", "21,5", { plain: "t", decimal: "," }, { t: 21.5 }],
    ["JSON", '{"a":{"b":[1,2.5]},"ok":true}', { json: { b: "/a/b/1", ok: "/ok" } }, { b: 2.5, ok: 1 }],
    ["CSV", "x;-200;3,25", { csv: { a: 2, b: 3 }, separator: ";", decimal: ",", missing: [-200] }, { b: 3.25 }],
    ["pairs", "temp=47.2'C volt: 1.35V n = 4", { pairs: { t: "temp", v: "volt", n: "n" } }, { t: 47.2, v: 1.35, n: 4 }],
    ["what an expression finds", "temp=47.2'C\nvolt=1", { match: { t: "temp=([0-9.]+)" } }, { t: 47.2 }],
  ])("%s", async (_, text, format, expected) => {
    expect(await run({ ...says(text), ...format })).toEqual(expected);
  });

  test.each(["", "\n", "21.5 C", "0x1f", "1,5"])("%j is no number, and is asked again", async (text) => {
    await expect(run({ ...says(text), plain: "t" })).rejects.toMatchObject({ code: "bad_value", retry: true });
  });

  test("a channel that cannot be read costs the others nothing", async () => {
    expect(await run({ ...says('{"a":"1,5","b":2}'), json: { a: "/a", b: "/b" } })).toEqual({ b: 2 });
  });
});

test("a command that is asked more often than its device measures gives each reading once", async () => {
  await using dir = await tempDir();
  const json = { t: "/t", h: "/h" };
  const driver = await create<PolledDriver>({ command: ["cat", dir.join("now")], json, at: "/s", time_format: "unix_s" });
  await driver.open();
  const seen: Sample["values"][] = [];
  for (const [s, t] of [
    [1_800_000_000, 21],
    [1_800_000_000, 21],
    [1_800_000_000, 21.5],
    [1_800_000_060, 21.5],
  ]) {
    await fs.writeFile(dir.join("now"), JSON.stringify({ s, t, h: 40 }));
    seen.push((await driver.read(SIGNAL)).values);
  }
  expect(seen).toEqual([{ t: 21, h: 40 }, {}, { t: 21.5 }, { t: 21.5, h: 40 }]);
});

describe("no shell", () => {
  test("interprets what is in the list", async () => {
    expect(await run({ ...says("$HOME; echo 5"), match: { t: "(5)" } })).toEqual({ t: 5 });
    await expect(run({ command: ["echo 5"], plain: "t" })).rejects.toMatchObject({ code: "command_missing", retry: false });
  });

  test("is there unless it is asked for", async () => {
    expect(await run({ shell: "echo 41 | sed s/1/2/", plain: "t" })).toEqual({ t: 42 });
  });
});

describe("trouble", () => {
  test("a command that fails is asked again, with its last words, and its output is not taken", async () => {
    const fault = { code: "command_failed", retry: true, message: expect.stringMatching(/exit code 3.*no sensor/) };
    await expect(run({ shell: "echo 21.5; echo one >&2; echo no sensor >&2; exit 3", plain: "t" })).rejects.toMatchObject(fault);
    await expect(run({ shell: "kill -9 $$", plain: "t" })).rejects.toMatchObject({ message: expect.stringContaining("SIGKILL") });
  });

  test("a program that is not there, or may not be run, says what to do", async () => {
    await using dir = await tempDir();
    await fs.writeFile(dir.join("script"), "#!/bin/sh\necho 1\n");
    await expect(run({ command: [dir.join("none")], plain: "t" })).rejects.toMatchObject({
      code: "command_missing",
      hint: expect.any(String),
    });
    await expect(run({ command: [dir.join("script")], plain: "t" })).rejects.toMatchObject({ code: "command_denied" });
  });

  test("one that hangs is ended in time, with everything it started", async () => {
    const context = driverContext();
    const mark = `86${process.pid}99`;
    const driver = await create<PolledDriver>({ shell: `sleep ${mark} & trap '' TERM; sleep ${mark}`, plain: "t", timeout: "5s" }, context);
    await driver.open();
    const read = expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_timeout", retry: true });
    await eventually(() => isRunning(`sleep\0${mark}`), Boolean);
    await context.time.advance(5_000_000);
    await read;
    await eventually(
      () => isRunning(`sleep\0${mark}`),
      (is) => !is,
    );
  });

  test("one that leaves a child behind with its output open does not hold up the reading", async () => {
    const mark = `87${process.pid}99`;
    expect(await run({ shell: `sleep ${mark} & echo 5`, plain: "t" })).toEqual({ t: 5 });
    await eventually(
      () => isRunning(`sleep\0${mark}`),
      (is) => !is,
    );
  });

  test("one that floods is ended", async () => {
    await expect(run({ command: ["yes", "21.5"], plain: "t" })).rejects.toMatchObject({ code: "answer_too_long", retry: false });
  });

  test("one that still runs when the agent stops is ended", async () => {
    const stop = new AbortController();
    const driver = await create<PolledDriver>({ command: ["sleep", "1000"], plain: "t" });
    await driver.open();
    const read = expect(driver.read(stop.signal)).rejects.toThrow("stops");
    stop.abort(new Error("the agent stops"));
    await read;
  });
});

describe("a program that stays", () => {
  const stays = (shell: string, more: object = {}) => ({ shell, keep_running: true, plain: "t", ...more });

  test("gives a reading a line, of the moment in which it came", async () => {
    const context = driverContext();
    const driver = await create<StreamDriver>(stays("echo 1; echo; printf '2\\r\\n3\\n'; exec sleep 1000"), context);
    await driver.open(undefined);
    const { samples } = await draw(driver, (drawn) => drawn.samples.length === 3);
    expect(samples).toEqual([1, 2, 3].map((t) => ({ values: { t }, arrived: context.monotonic() })));
    await driver.close();
  });

  test("that ends is a fault that opens it again, behind the lines that it said; its last words are told", async () => {
    const driver = await create<StreamDriver>(stays("echo 1; echo 'Traceback: no I2C' >&2; exit 1"));
    for (let start = 0; start < 2; start++) {
      await driver.open(undefined);
      expect(await values(driver, 1)).toEqual([{ t: 1 }]);
      await expect(driver.next(SIGNAL)).rejects.toMatchObject({
        code: "command_ended",
        retry: false,
        message: expect.stringMatching(/exit code 1.*no I2C/),
      });
      await driver.close();
    }
  });

  test("that is not there says so", async () => {
    const driver = await create<StreamDriver>({ command: ["/no/such"], keep_running: true, plain: "t" });
    await driver.open(undefined);
    await expect(driver.next(SIGNAL)).rejects.toMatchObject({ code: "command_missing" });
    await driver.close();
  });

  test("and floods is taken up to its rate, and the rest counted", async () => {
    const driver = await create<StreamDriver>(stays("seq 1 5000; exec sleep 1000", { most_per_second: 50 }));
    await driver.open(undefined);
    const drawn = await draw(driver, ({ samples, skipped }) => samples.length + (skipped.flood ?? 0) === 5_000);
    expect([drawn.samples.length, drawn.skipped]).toEqual([50, { flood: 4_950 }]);
    await driver.close();
  });

  test("and says what cannot be read is counted by reason, and logged once", async () => {
    const context = driverContext();
    const long = "x".repeat(10_000);
    const driver = await create<StreamDriver>(
      stays(`for i in $(seq 25); do echo "\\001"; done; echo ${long}; echo 7; exec sleep 1000`),
      context,
    );
    await driver.open(undefined);
    const drawn = await draw(driver, ({ samples }) => samples.length === 1);
    expect(drawn).toEqual({ samples: [expect.objectContaining({ values: { t: 7 } })], skipped: { bad_number: 25, line_too_long: 1 } });
    expect((context.log as unknown as { entries: unknown[] }).entries).toHaveLength(1);
    await driver.close();
  });

  test("is ended with the trial that started it, though it said nothing", async () => {
    await using dir = await tempDir();
    const mark = `88${process.pid}99`;
    const sensor = `{ name: s, driver: exec, command: [sleep, "${mark}"], keep_running: true, plain: t }`;
    await fs.writeFile(dir.join("agent.yaml"), `agent: a\ncollector: mqtt://127.0.0.1:1\nsensors: [${sensor}]\n`);
    const plan = planSampling(await loadAgentConfig(dir.join("agent.yaml"), {}));
    const { clock, advance } = manualClock();
    const random = { fraction: () => 0, bytes: (count: number) => new Uint8Array(count) };
    const trial = trySensor(plan, plan.sensors[0] as never, { clock, random, log: quietLog() }, micros(10_000_000));
    const refused = expect(trial).rejects.toMatchObject({ code: "no_answer" });
    await eventually(() => isRunning(`sleep\0${mark}`), Boolean);
    await advance(10_000_000);
    await refused;
    await eventually(
      () => isRunning(`sleep\0${mark}`),
      (is) => !is,
    );
  });

  test("and does not end when it is asked to is made to", async () => {
    const context = driverContext();
    const driver = await create<StreamDriver>(stays("trap '' TERM; echo 1; while :; do sleep 1000; done"), context);
    await driver.open(undefined);
    await values(driver, 1);
    const closing = driver.close();
    await eventually(
      () => context.time.pending(),
      (names) => names.length === 1,
    );
    await context.time.advance(2_000_000);
    await closing;
  });
});

test.each([
  ["nothing to run", { plain: "t" }],
  ["two things to run", { command: ["a"], shell: "a", plain: "t" }],
  ["a line for a command", { command: "vcgencmd measure_temp", plain: "t" }],
  ["no way to read it", { command: ["a"] }],
  ["two ways", { command: ["a"], plain: "t", csv: { t: 1 } }],
  ["a decimal comma between columns of commas", { command: ["a"], csv: { t: 1 }, decimal: "," }],
  ["a decimal point between columns of points", { command: ["a"], csv: { t: 1 }, separator: "." }],
  ["a column 0", { command: ["a"], csv: { t: 0 } }],
  ["an expression that RE2 lacks", { command: ["a"], match: { t: "(?=a)(b)" } }],
])("a config with %s is refused", async (_, config) => {
  expect((await exec.config.safeParseAsync(config)).success).toBe(false);
});
