/**
 * The example for dirty files, agent/examples/lora-nodes.yaml: its own driver, filters and sampler over files as nodes,
 * gateway and logger wrote them. What is true is told by the node's own log and the data sheets, read here with no code of
 * the product; what comes out as good must be that, reading by reading.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { agentSchema } from "../../../agent/config/schema.ts";
import { parseConfig, QUALITIES } from "../../../protocol/index.ts";
import { effort, limitMs } from "../../support/effort.ts";
import { needs } from "../../support/needs.ts";
import { inProject } from "../../support/project-files.ts";
import { bench, isBalanced, type ListJournal } from "../../support/sampling.ts";
import { type SeededRandom, seededRandom } from "../../support/seeded-random.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** Readings that are false, by what is wrong with them. */
interface False {
  of_2038: number;
  of_65535: number;
  not_available: number;
  of_minus_40: number;
}

/** `sensor/channel` -> the readings that are true, as "seconds value", sorted; the second of a repeated instant as of the first. */
type Truth = ReadonlyMap<string, readonly string[]>;

const FILES = {
  "node_sd/node3_yard.csv": "node_sd/node3_yard_2021-04_2022-01.csv.xz",
  "gateway_serial/yard_1.txt": "gateway_serial/node3_yard_2021-04_2021-06.txt.xz",
  "gateway_serial/yard_2.csv": "gateway_serial/yard_2021-06_2021-07.csv.xz",
  "gateway_serial/backyard.txt": "gateway_serial/backyard_9.9.20.txt.xz",
  "meter_soil/soil.csv": "meter_soil/EM40647_to_2022-03-19.csv.xz",
};

const SERIES = ["temperature", "humidity"].flatMap((channel) => ["yard", "yard-radio", "backyard"].map((sensor) => `${sensor}/${channel}`));

/** What the node wrote of all that the gateway may have heard; the agent does not read it. */
const WHOLE_LOG = "whole-log.csv";

/** The dirt is near the beginning and at the end of the files; `prove` reads all of them. */
const ROWS = effort("lora-rows", { quick: 12_000, test: 14_000, prove: 1_000_000 });

function ends(list: readonly string[]): readonly string[] {
  return list.length <= ROWS ? list : [...list.slice(0, ROWS / 2), ...list.slice(-ROWS / 2)];
}

function lines(folder: string, file: string): readonly string[] {
  return fs.readFileSync(path.join(folder, file), "latin1").split(/\r?\n/);
}

/** Hundredths as the node writes them. */
const hundredths = (text: string) => String(Number(text) / 100);

/** What each row of a node's log says: "message time" -> [temperature, humidity]. */
function nodeLog(folder: string, file: string): ReadonlyMap<string, readonly [string, string]> {
  const rows = lines(folder, file).map((line) => line.split(", "));
  return new Map(
    rows.flatMap(([, message, time, , , t, rh]) =>
      rh === undefined ? [] : [[`${message} ${time}`, [hundredths(t ?? ""), hundredths(rh)]] as const],
    ),
  );
}

function truth(folder: string): { readonly good: Truth; readonly falseReadings: False } {
  const good = new Map<string, string[]>([...SERIES, "soil/temperature_1", "soil/temperature_2"].map((name) => [name, []]));
  const say = (series: string, time: string | number, value: string) => good.get(series)?.push(`${time} ${value}`);
  const falseReadings: False = { of_2038: 0, of_65535: 0, not_available: 0, of_minus_40: 0 };
  const whole = nodeLog(folder, WHOLE_LOG);
  for (const [key, [t, rh]] of nodeLog(folder, "node_sd/node3_yard.csv")) {
    const time = key.split(" ")[1] ?? "";
    if (Number(time) > 2 ** 31) falseReadings.of_2038 += 2;
    else {
      say("yard/temperature", time, t);
      say("yard/humidity", time, rh);
    }
  }
  for (const line of [...lines(folder, "gateway_serial/yard_1.txt"), ...lines(folder, "gateway_serial/yard_2.csv")]) {
    const [message, time] = [line.split("message: ")[1]?.split(",")[0], line.split(" time: ")[1]?.split(",")[0]];
    const own = whole.get(`${message} ${time}`); // the node's own word, not the gateway's
    if (own === undefined) continue;
    say("yard-radio/temperature", time ?? "", own[0]);
    say("yard-radio/humidity", time ?? "", own[1]);
  }
  for (const line of lines(folder, "gateway_serial/backyard.txt").filter((each) => each.startsWith("Hello, node 2,"))) {
    const after = (word: string) => line.split(`${word} `)[1]?.split(" ")[0]?.replace(",", "") ?? "";
    if (after("temp") === "65535") falseReadings.of_65535 += 1;
    else say("backyard/temperature", after("msg time"), hundredths(after("temp")));
    say("backyard/humidity", after("msg time"), hundredths(after("humidity")));
  }
  for (const cells of lines(folder, "meter_soil/soil.csv")
    .slice(3)
    .map((line) => line.split(","))) {
    const time = loggerTime(cells[0] ?? "");
    for (const [channel, cell] of [
      ["soil/temperature_1", cells[2]],
      ["soil/temperature_2", cells[5]],
    ] as const) {
      if (cell === "#N/A") falseReadings.not_available += 1;
      else if (cell === "-40.0") falseReadings.of_minus_40 += 1;
      else if (cell !== undefined) say(channel, time, String(Number(cell)));
    }
  }
  return { good: new Map([...good].map(([series, list]) => [series, list.toSorted()])), falseReadings };
}

/** Seconds since 1970 of the logger's time, 7 hours behind UTC all the year. */
function loggerTime(text: string): number {
  return Date.parse(`${text} UTC`) / 1_000 + 7 * 3_600;
}

async function replay(folder: string) {
  const yaml = fs.readFileSync(inProject("agent/examples/lora-nodes.yaml"), "utf8").replaceAll("/data/lora", folder);
  const config = await parseConfig(
    yaml,
    "lora-nodes.yaml",
    agentSchema({ file: "/lora-nodes.yaml", hostname: "pi", runtimeFolder: undefined }),
    {},
  );
  const { sampler, journal } = bench(config.sensors);
  sampler.start();
  await sampler.finished;
  await sampler.stop();
  expect(isBalanced(journal)).toBe(true);
  const names = config.sensors.flatMap((sensor) => sensor.channels.map((channel) => `${sensor.name}/${channel.name}`));
  return { kept: keptBy(journal, names), tallies: sampler.tallies() };
}

/** Good readings by series; those of another quality by series and quality. */
function keptBy({ commits }: ListJournal, names: readonly string[]) {
  const good = new Map<string, string[]>(names.map((name) => [name, []]));
  const others: Record<string, number> = {};
  for (const { at, columns } of commits.flatMap(({ frames }) => frames)) {
    for (const { series, present, values, quality } of columns) {
      const instants = [...at].filter((_, index) => present[index] === 1);
      const name = names[series] ?? "";
      instants.forEach((instant, index) => {
        const said = QUALITIES[quality[index] ?? 0];
        if (said === "good") good.get(name)?.push(`${Math.floor(instant / 1e6)} ${values[index]}`);
        else others[`${name} ${said}`] = (others[`${name} ${said}`] ?? 0) + 1;
      });
    }
  }
  return { good: new Map([...good].map(([name, list]) => [name, list.toSorted()])), others };
}

async function judge(folder: string): Promise<void> {
  const { good, falseReadings } = truth(folder);
  const { kept, tallies } = await replay(folder);
  const byReason = Object.entries(tallies).map(([name, { failed, marked, filtered, dropped }]) => ({
    name,
    failed,
    marked,
    filtered,
    dropped,
  }));
  console.info(
    JSON.stringify({
      truth: falseReadings,
      removed: byReason,
      true_readings: Object.fromEntries([...good].map(([name, list]) => [name, list.length])),
    }),
  );

  for (const [series, list] of good) {
    expect(list.length, series).toBeGreaterThan(1_000);
    expect(kept.good.get(series), series).toEqual(list); // nothing true is removed, nothing false is kept, nothing is changed
  }
  expect(kept.others).toEqual({ "backyard/temperature bad": falseReadings.of_65535, "soil/temperature_1 bad": falseReadings.of_minus_40 });
  expect(tallies.yard?.failed).toEqual({ short_row: 1, out_of_time: falseReadings.of_2038 / 2 });
  expect(tallies.backyard?.marked).toEqual({ out_of_range: falseReadings.of_65535 });
  expect(tallies.soil?.marked).toEqual({ out_of_range: falseReadings.of_minus_40 });
  expect(Math.min(...Object.values(falseReadings))).toBeGreaterThan(0);
}

test("of files as nodes and gateways wrote them, all that is false is removed and nothing that is true", {
  timeout: limitMs(120_000),
}, async () => {
  const source = needs("data:hast_lora_nodes");
  needs("xz");
  await using dir = await tempDir();
  for (const [name, packed] of Object.entries(FILES)) {
    fs.mkdirSync(path.dirname(dir.join(name)), { recursive: true });
    const text = execFileSync("xz", ["-dc", path.join(source, packed)], { maxBuffer: 2 ** 28, encoding: "latin1" });
    if (name === "node_sd/node3_yard.csv") fs.writeFileSync(dir.join(WHOLE_LOG), text);
    fs.writeFileSync(dir.join(name), ends(text.split("\n")).join("\n"), "latin1");
  }
  await judge(dir.path);
});

test("and of generated files with the same dirt", { timeout: limitMs(120_000) }, async () => {
  await using dir = await tempDir();
  generate(dir.path, seededRandom("generated LoRa nodes"));
  await judge(dir.path);
});

/** Files of the same shape and about the same size. */
function generate(folder: string, random: SeededRandom): void {
  const write = (file: string, list: readonly string[]) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), `${ends(list).join("\n")}\n`);
  };
  const log = ["# Start Log"];
  const heard: string[] = [];
  for (let message = 1, time = 1_619_646_643; message <= 72_000; message += 1, time += 301) {
    const [t, rh] = [random.below(6_000) - 1_500, random.below(10_000)];
    const at = message === 72_000 ? 2_155_296_854 : time;
    log.push(`3, ${message}, ${at}, 345, 386, ${t}, ${rh}, 0x00`);
    if (message > 24_000 || random.below(12) === 0) continue;
    heard.push(
      `${at + 21_597}.5,"Data: node: 3, message: ${message}, time: ${at}, Vbat 345 v, Tx dur 386 ms, T: ${t} C, RH: ${rh} %, status: 0x00, RSSI -1 dBm"`,
    );
    if (random.below(3) === 0) heard.push(`${at + 21_597}.6,"Received length: 20, from: 0x03"`, "");
  }
  fs.writeFileSync(path.join(folder, WHOLE_LOG), log.join("\n"));
  write("node_sd/node3_yard.csv", log);
  write("gateway_serial/yard_1.txt", heard.slice(0, heard.length >> 1));
  write("gateway_serial/yard_2.csv", heard.slice(heard.length >> 1));
  const bad = random.below(4_000);
  write(
    "gateway_serial/backyard.txt",
    Array.from({ length: 4_000 }, (_, index) => {
      const time = 1_599_303_554 + 21 * (index % 2_000 === 7 ? index - 1 : index); // an instant comes twice
      const t = index === bad ? 65_535 : 1_500 + random.below(1_000);
      const line = (node: number) =>
        `Hello, node ${node}, message ${index}, msg time ${time}, tx time 1 ms, battery 358 v, temp ${t} C, humidity ${random.below(9_000)} %, status 0x00`;
      return random.below(2) === 0 ? line(2) : `${line(1)}\n${line(2)}`;
    }),
  );
  const wall = Date.UTC(2021, 10, 11, 13);
  const soil = Array.from({ length: 30_000 }, (_, index) => {
    const time = new Date(wall + index * 300_000);
    const [hour, minute] = [time.getUTCHours(), String(time.getUTCMinutes()).padStart(2, "0")];
    const clock = `${hour % 12 || 12}:${minute} ${hour < 12 ? "AM" : "PM"}`;
    const day = `${time.getUTCMonth() + 1}/${time.getUTCDate()}/${time.getUTCFullYear()}`;
    const dead = index === 6_000 ? "-40.0" : index > 5_000 && index < 9_000 ? "#N/A" : (random.below(300) / 10 - 8).toFixed(1);
    return `${day} ${clock},0.03,${dead},0.00,0.04,${(random.below(300) / 10 - 8).toFixed(1)},0.01`;
  });
  write("meter_soil/soil.csv", ["EM40647,Port 1", "30000 records", "Measurement Time,VWC", ...soil]);
}
