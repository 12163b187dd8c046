import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { isFault, MICROS_PER_SECOND } from "../../../protocol/index.ts";
import { type LinkFault, playScript, type Script } from "../../../simulators/link/index.ts";
import { loadScript } from "../../../simulators/link/script.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function load(yaml: string): Promise<Script> {
  await using dir = await tempDir();
  const file = dir.join("faults.yaml");
  await fs.writeFile(file, yaml);
  return await loadScript(file);
}

/** `second +fault`, `second -fault` of everything that happens within so many seconds. */
async function play(yaml: string, seconds: number, fraction = () => 0): Promise<string[]> {
  const { clock, advance, pending } = manualClock();
  const happened: string[] = [];
  const start = clock.monotonic();
  const note = (sign: string, { fault }: LinkFault) => happened.push(`${(clock.monotonic() - start) / MICROS_PER_SECOND} ${sign}${fault}`);
  const begin = (fault: LinkFault) => {
    note("+", fault);
    return { end: () => void note("-", fault) };
  };
  const stop = new AbortController();
  const played = playScript(await load(yaml), { begin }, { clock, fraction, signal: stop.signal, onEvent: () => {} });
  await advance(seconds * MICROS_PER_SECOND);
  stop.abort();
  await played;
  expect(pending()).toEqual([]);
  return happened;
}

test("faults begin and end at their times, a cut strikes once", async () => {
  const yaml = `
faults:
  - { at: 10s, for: 5s, fault: black_hole }
  - { at: 12s, fault: cut }
  - { fault: throttle, rate: 2kB }
`;
  expect(await play(yaml, 60)).toEqual(["0 +throttle", "10 +black_hole", "12 +cut", "12 -cut", "15 -black_hole"]);
});

test("what repeats happens again every so often, counted from its beginning", async () => {
  expect(await play("faults: [ { at: 1s, repeat: 4s, for: 1s, fault: stall } ]", 10)).toEqual([
    "1 +stall",
    "2 -stall",
    "5 +stall",
    "6 -stall",
    "9 +stall",
    "10 -stall",
  ]);
});

test("by chance it happens only sometimes", async () => {
  const dice = [0.2, 0.8, 0.4];
  const yaml = "faults: [ { at: 0s, repeat: 1s, chance: 0.5, fault: reset } ]";
  expect(await play(yaml, 2, () => dice.shift() ?? 1)).toEqual(["0 +reset", "0 -reset", "2 +reset", "2 -reset"]);
});

test.each([
  ["faults: [ { at: 10, fault: cut } ]", "faults.yaml:1:13 faults[0].at: expected a duration like 10s"],
  ["faults: [ { fault: blackhole } ]", "expected one of latency, throttle, stall, black_hole"],
  ["faults: [ { fault: throttle } ]", "faults[0].rate: expected a size"],
  ["faults: [ { fault: cut, rate: 2kB } ]", "faults[0].rate: unknown key"],
  ["faults: [ { fault: stall, fore: 2s } ]", 'did you mean "for"?'],
  ["faults: [ { fault: stall, repeat: 2s } ]", "repeat needs a for"],
  ["faults: [ { fault: stall, for: 2s, repeat: 2s } ]", "expected more than the 2s that it lasts"],
  ["faults: [ { fault: cut, chance: 0 } ]", "faults[0].chance: expected"],
  ["faults: []", "expected a list of faults like"],
  ["", "expected a config, got an empty file"],
])("%s is refused with place and remedy", async (yaml, message) => {
  const fault = await load(yaml).catch((error: unknown) => error);
  expect(isFault(fault), String(fault)).toBe(true);
  expect(String((fault as Error).message).replaceAll(/\S*\//g, "")).toContain(message);
});
