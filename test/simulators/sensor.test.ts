import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Writable } from "node:stream";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { MICROS_PER_MINUTE, MICROS_PER_SECOND } from "../../protocol/index.ts";
import { runSimulate } from "../../simulators/cli.ts";
import { manualClock } from "../support/manual-clock.ts";
import { startProgram } from "../support/processes.ts";
import { ROOT } from "../support/project-files.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { tempDir } from "../support/temp-dir.ts";

const MAIN = "simulators/main.ts";
const WEEK = ["--profile", "greenhouse", "--seed", "7", "--from", "2026-11-01T00:00:00Z", "--for", "7d", "--every", "10s"];

/** Runs the command in this process, on a clock that stands still unless it is moved. */
function start(...args: string[]) {
  const clock = manualClock();
  const output = { stdout: "", stderr: "" };
  const into = (name: "stdout" | "stderr") =>
    new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        output[name] += chunk;
        done();
      },
    });
  const stop = new AbortController();
  const random = seededRandom("simulate", 1);
  const terminal = { version: "1.2.3", clock: clock.clock, random, signal: stop.signal, stdout: into("stdout"), stderr: into("stderr") };
  return { clock, output, stop, code: runSimulate(["sensor", ...args], terminal) };
}

const sha256 = (text: string | Buffer) => createHash("sha256").update(text).digest("hex");

describe("tributary-simulate sensor", () => {
  test("prints the same week for the same seed, on every machine and for ever", async () => {
    const { code, output } = start(...WEEK);
    expect(await code).toBe(0);
    expect(output.stdout.split("\n").slice(0, 3)).toEqual([
      "at,temperature,humidity,soil_moisture,light,door",
      "2026-11-01T00:00:00.000Z,13.55,77.84,61,0,0",
      "2026-11-01T00:00:10.000Z,13.56,77.75,60.9,0,0",
    ]);
    expect(sha256(output.stdout)).toBe("7944068d07a4cb1973b9baedde68309a9fe4d2d8052e2fd18723cf0c7a8af5fe");
  });

  test("csv and ndjson say the same, one line an instant, none too many", async () => {
    const options = ["--profile", "boiler", "--from", "2026-11-01T00:00:00Z", "--for", "35m", "--every", "1m"];
    const [csv, ndjson] = [start(...options), start(...options, "--format", "ndjson")];
    expect(await Promise.all([csv.code, ndjson.code])).toEqual([0, 0]);
    const fromCsv = parse(csv.output.stdout, {
      columns: true,
      cast: (value, { column, header }) => (header || column === "at" ? value : Number(value)),
    });
    const fromJson = ndjson.output.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(fromCsv).toEqual(fromJson);
    expect(fromJson.length).toBe(35);
    expect([fromJson[0].at, fromJson[34].at]).toEqual(["2026-11-01T00:00:00.000Z", "2026-11-01T00:34:00.000Z"]);
  });

  test("a stretch can be printed in parts: their lines are those of the whole", async () => {
    const part = async (from: string, span: string) => {
      const { code, output } = start("--from", from, "--for", span, "--every", "1m", "--format", "ndjson");
      expect(await code).toBe(0);
      return output.stdout;
    };
    const whole = await part("2026-11-01T00:00:00Z", "2h");
    expect((await part("2026-11-01T00:00:00Z", "1h")) + (await part("2026-11-01T01:00:00Z", "1h"))).toBe(whole);
  });

  test("at 60x a row is printed each time its sixtieth has passed", async () => {
    const { clock, code, output } = start("--for", "5m", "--every", "1m", "--speed", "60x", "--format", "ndjson");
    const rows = () => output.stdout.split("\n").length - 1;
    await clock.advance(0);
    expect(rows()).toBe(1);
    await clock.advance(MICROS_PER_SECOND - 1);
    expect(rows()).toBe(1);
    await clock.advance(1);
    expect(rows()).toBe(2);
    await clock.advance(MICROS_PER_MINUTE);
    expect(await code).toBe(0);
    expect(rows()).toBe(5);
  });

  test("an interruption ends it in the middle of a pause", async () => {
    const { clock, code, output, stop } = start("--for", "1d", "--every", "1h", "--speed", "1x", "--format", "ndjson");
    await clock.advance(0);
    stop.abort();
    expect(await code).toBe(130);
    expect(output.stdout.trimEnd().split("\n").length).toBe(1);
    expect(clock.pending()).toEqual([]);
  });

  test("a file is written whole, and its size in readings is told", async () => {
    await using dir = await tempDir();
    const { code, output } = start(...WEEK, "--out", dir.join("week.csv"));
    expect(await code).toBe(0);
    expect(output.stdout).toBe("");
    expect(output.stderr).toContain("60,480 rows, 302,400 readings from 2026-11-01T00:00:00.000Z");
    expect((await readFile(dir.join("week.csv"), "utf8")).split("\n").length).toBe(60_480 + 2);
  });

  test("a file that cannot be written is a fault that says what to do", async () => {
    await using dir = await tempDir();
    const { code, output } = start("--out", dir.join("no", "such.csv"));
    expect(await code).toBe(1);
    expect(output.stderr).toContain("expected to be allowed to write it, got ENOENT\n  -> name a file in a folder");
  });

  test.each([
    [["--every", "5"], "did you mean 5s?"],
    [["--from", "2026-11-01"], "did you mean 2026-11-01T00:00:00Z?"],
    [["--seed", "seven"], 'expected an integer like 7, got "seven"'],
    [["--profile", "submarine"], "Allowed choices are greenhouse, boiler, office"],
    [["--speed", "fast"], "expected max, or a speed like 1x or 60x"],
    [["--sead", "7"], "Did you mean --seed?"],
  ])("%s is refused, with what was meant", async (args, message) => {
    const { code, output } = start(...args);
    expect(await code).toBe(2);
    expect(output.stderr).toContain(message);
  });
});

describe("the program", () => {
  test("shows profiles with their channels and units, and examples to copy", async () => {
    await using program = await startProgram({ args: [MAIN, "sensor", "--help"] });
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toContain("soil_moisture (%)");
    expect(program.stdout()).toContain("tributary-simulate sensor --profile office --from now --for 1h --every 1s --speed 1x");
  });

  test("ends quietly when whoever reads it has enough", async () => {
    const child = spawn(process.execPath, [MAIN, "sensor", "--for", "365d"], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let complaints = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      complaints += chunk;
    });
    const ended = once(child, "close");
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect([await ended, complaints]).toEqual([[0, null], ""]);
  });

  test("an interruption ends it at once, with the code of one", async () => {
    await using program = await startProgram({ args: [MAIN, "sensor", "--every", "1h", "--speed", "1x"] });
    await program.line(/^20\d\d-/);
    expect(await program.kill("SIGINT")).toEqual({ code: 130, signal: null });
    expect(program.output()).not.toContain("Error");
  });

  test("a wrong option ends it with code 2 and one sentence", async () => {
    await using program = await startProgram({ args: [MAIN, "sensor", "--for", "week"] });
    expect((await program.ended).code).toBe(2);
    expect(program.output()).toContain('expected a duration like 10s, 1m or 1.5h, got "week"');
    expect(program.output()).not.toContain("    at ");
  });
});
