/**
 * The live view on a terminal in memory, of an agent whose status is made up here and changes with the clock.
 */
import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import type { AgentStatus } from "../../../agent/agent.ts";
import { topCommand } from "../../../agent/commands/top.ts";
import { topLines } from "../../../agent/commands/top-view.ts";
import { Fault, isFault } from "../../../protocol/index.ts";
import { eventually } from "../../support/eventually.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { startProgram } from "../../support/processes.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { agentStatus, startAgent, writeAgent } from "../../support/whole-path.ts";
import { NOW, status } from "./made-up-status.ts";

const WIDE = { columns: 200, rows: 100 };
const text = (size = WIDE, of = status()) => topLines(of, NOW, size).map((line) => line.text);

describe("the lines", () => {
  test("say rate, values, spool, what waits, hours left, uplink, last ack and account", () => {
    const all = text().join("\n");
    expect(all).toContain("connected to mqtt://c:1883, last ack 3.0 s ago, 1 in flight");
    expect(all).toContain("[#####...............] 250MB of 1GB, 3 open, 40 unsent, oldest unsent 90 s ago");
    expect(all).toContain("without the collector the spool lasts 31 days, 12MB written to the disk a day");
    expect(all).toContain("7 in, 7 sealed, 0 filtered, 0 dropped: balances");
    expect(all).toMatch(/^air {5}temperature {2}21\.1235 Cel {8}2\.00 {2}0\.5 s ago {2}running$/m);
    expect(all).toMatch(/^ {8}humidity {6}99 %RH bad/m);
    expect(all).toContain("14:12:24  error  something went wrong (3 times)");
  });

  test("are marked where somebody should look", () => {
    const broken = { ...status(), account: { ...status().account, balanced: false } };
    const bad = topLines(broken, NOW, WIDE).filter(({ tone }) => tone === "bad");
    expect(bad.map((line) => line.text.split(" ")[0])).toEqual(["account", "boiler", "14:12:24"]);
  });

  test("never drive the terminal, whatever a device is called", () => {
    expect(text().join("")).not.toMatch(/\p{Cc}/u);
    expect(text().join("\n")).toContain("?]0;evil? nothing there");
  });

  test.each([10, 40, 79])("fit a terminal of %d columns and few rows, and say what is left out", (columns) => {
    const lines = text({ columns, rows: 6 });
    expect(lines).toHaveLength(6);
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(columns);
    expect(lines.at(-1)).toMatch(/^\.\.\. 9 mor/);
  });
});

/** A terminal in memory. */
function terminal() {
  const input = Object.assign(new EventEmitter(), {
    setRawMode: (raw: boolean) => void modes.push(raw),
    resume: () => input,
    pause: () => input,
  });
  const output = Object.assign(new EventEmitter(), { columns: 60, rows: 20, write: (piece: string) => written.push(piece) > 0 });
  const modes: boolean[] = [];
  const written: string[] = [];
  return { input, output, modes, written, pair: { input, output } as unknown as Parameters<typeof topCommand>[1]["terminal"] };
}

function bench(ask: () => Promise<AgentStatus> = async () => status(), isTerminal = true) {
  const time = manualClock();
  const screen = terminal();
  const ending = new AbortController();
  const printed: string[] = [];
  let asked = 0;
  const place = {
    ask: () => {
      asked += 1;
      return ask();
    },
    clock: time.clock,
    terminal: isTerminal ? screen.pair : undefined,
    signal: ending.signal,
    print: (piece: string) => void printed.push(piece),
  };
  const frames = () => screen.written.filter((piece) => piece.includes("\u001B[?2026h"));
  return { time, screen, ending, printed, place, frames, asked: () => asked };
}

const LIVE = { json: false, once: false };

describe("on a terminal", () => {
  test.each(["q", "\u0003", "\u0004"])("it is redrawn every second, and %j gives the terminal back", async (key) => {
    const { time, screen, place, frames } = bench();
    const ended = topCommand(LIVE, place);
    await time.advance(3_500_000);
    expect(frames()).toHaveLength(4);
    expect(frames().every((frame) => !frame.includes("\u001B[2J"))).toBe(true); // a screen that is wiped first flickers
    screen.input.emit("data", Buffer.from(`\u001B[A${key}`));
    expect(await ended).toBe(0);
    expect(screen.modes).toEqual([true, false]);
    expect(screen.written[0]).toBe("\u001B[?1049h\u001B[?25l");
    expect(screen.written.at(-1)).toBe("\u001B[?25h\u001B[?1049l");
    expect(screen.input.listenerCount("data") + screen.output.listenerCount("resize")).toBe(0);
    expect(time.pending()).toEqual([]);
  });

  test("another size is drawn at once, within its new width", async () => {
    const { time, screen, place, frames, ending } = bench();
    const ended = topCommand(LIVE, place);
    await time.advance(0);
    screen.output.columns = 20;
    screen.output.emit("resize");
    expect(frames()).toHaveLength(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out here
    const lines = (frames()[1] ?? "").replace(/\u001B\[[?\d]*[A-Za-z]/g, "").split("\r\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(20);
    ending.abort();
    await ended;
  });

  test("an agent that stops meanwhile is waited for", async () => {
    let isRunning = true;
    const { time, screen, place, frames } = bench(async () => {
      if (isRunning) return status();
      throw new Fault("not_running", "nobody answers", { hint: "start it" });
    });
    const ended = topCommand(LIVE, place);
    await time.advance(500_000);
    isRunning = false;
    await time.advance(1_000_000);
    expect(frames().at(-1)).toContain("nobody answers");
    isRunning = true;
    await time.advance(1_000_000);
    expect(frames().at(-1)).toContain("greenhouse-1");
    screen.input.emit("data", Buffer.from("q"));
    await ended;
  });

  test("a bug gives the terminal back before it ends the program", async () => {
    let turn = 0;
    const { time, screen, place } = bench(async () => {
      turn += 1;
      if (turn === 1) return status();
      throw new Error("BUG: x");
    });
    const ended = expect(topCommand(LIVE, place)).rejects.toThrow("BUG: x");
    await time.advance(1_000_000);
    await ended;
    expect(screen.modes).toEqual([true, false]);
    expect(screen.written.at(-1)).toContain("\u001B[?1049l");
  });
});

describe("where nobody looks", () => {
  test("it is one snapshot of plain text, whole", async () => {
    const { place, printed, asked } = bench(undefined, false);
    expect(await topCommand(LIVE, place)).toBe(0);
    expect(printed.join("")).not.toContain("\u001B");
    expect(printed.join("")).toContain("boiler");
    expect(asked()).toBe(1);
  });

  test("--json is an object a line until it is ended, or one with --once", async () => {
    const { time, place, printed, ending } = bench();
    await topCommand({ json: true, once: true }, place);
    expect(printed).toHaveLength(1);
    const ended = topCommand({ json: true, once: false }, place);
    await time.advance(2_000_000);
    ending.abort();
    expect(await ended).toBe(0);
    expect(printed).toHaveLength(4);
    expect(printed.every((line) => line.endsWith("}\n") && JSON.parse(line).agent === "greenhouse-1")).toBe(true);
  });

  test("a real agent is shown as it is, from the command line", async () => {
    await using dir = await tempDir();
    const sensors = "  - { name: air, driver: simulated, profile: boiler, every: 1s }\n";
    const config = await writeAgent(dir, { name: "box", url: "mqtt://127.0.0.1:1", sensors });
    await using _agent = await startAgent(config);
    await eventually(
      () => agentStatus(dir, "box"),
      ({ sensors: [air] }) => (air?.tally.read ?? 0) > 0,
    );
    const run = async (...more: readonly string[]) => {
      await using top = await startProgram({ args: ["agent/bin.js", "top", "--config", config, ...more] });
      expect(await top.ended).toMatchObject({ code: 0 });
      return top.stdout();
    };
    expect(await run()).toMatch(/^box {2}20.*\nuplink {3}down: .*\n(.*\n)*air {5}\w+ +-?[\d.]+ \S+/);
    const [air] = (JSON.parse(await run("--json", "--once")) as AgentStatus).sensors;
    expect(air).toMatchObject({
      name: "air",
      channels: expect.arrayContaining([expect.objectContaining({ quality: "good", value: expect.any(Number) })]),
    });
  });

  test("an agent that does not run is a fault", async () => {
    const { place } = bench(async () => {
      throw new Fault("not_running", "nobody answers");
    });
    const error = await topCommand(LIVE, place).catch((caught: unknown) => caught);
    expect(isFault(error, "not_running")).toBe(true);
  });
});
