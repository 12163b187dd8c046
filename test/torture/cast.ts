/**
 * cast: who takes part: a collector, a link in front of it, and agents whose spools differ in all that can differ.
 *
 * Every agent replays numbered readings, so at the end it can be counted what came: see simulators/oracle.
 */
import fs from "node:fs";
import path from "node:path";
import { type FakedClock, fakedClock } from "../support/faked-clock.ts";
import { judge } from "../support/needs.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { type SmallDisk, smallDisk } from "../support/small-disk.ts";
import type { TempDir } from "../support/temp-dir.ts";
import { writeLinkScript } from "./link-script.ts";
import { Victim } from "./victim.ts";

/** A very busy machine takes its time. */
const STARTS_MS = 300_000;
/** Readings a second of each sensor. */
const SPEED = 100;

interface Role {
  readonly name: string;
  readonly sensors: number;
  readonly commitEvery: string;
  readonly send: string;
  readonly keepFree: string;
  /** Size of the disk of its own that its spool is on, and that is filled. */
  readonly disk?: string;
}

/** The cramped one keeps more free than its spool and WAL hold: on a full disk it has to give readings up. */
const ROLES: readonly Role[] = [
  { name: "steady", sensors: 2, commitEvery: "200ms", send: "{ every: 1s }", keepFree: "1MB" },
  { name: "hasty", sensors: 1, commitEvery: "20ms", send: "{ every: 100ms, max_readings: 40 }", keepFree: "1MB" },
  { name: "lazy", sensors: 3, commitEvery: "2s", send: "{ every: 5s, max_readings: 5000 }", keepFree: "1MB" },
  { name: "cramped", sensors: 2, commitEvery: "100ms", send: "{ every: 200ms, max_readings: 100 }", keepFree: "10MB", disk: "16m" },
];

export interface TorturedAgent {
  readonly config: string;
  readonly victim: Victim;
  readonly clock: FakedClock | undefined;
  /** From now on it replays the rest at once, and ends when all of it is acked. */
  hurry(): void;
}

export type Weather = "calm" | "bad";

export interface Cast extends AsyncDisposable {
  readonly collector: Victim;
  readonly collectorClock: FakedClock | undefined;
  readonly collectorSocket: string;
  readonly link: Victim;
  readonly agents: readonly TorturedAgent[];
  /** Disks that may be filled; the agent's first. */
  readonly disks: Readonly<Record<string, SmallDisk>>;
  /** What this machine does not let happen, in words. */
  readonly leftOut: readonly string[];
  /** Starts the link anew: with faults, or as the plain one that it is at first. */
  setLink(weather: Weather): Promise<void>;
}

export async function castOf(folder: string, seconds: number, random: SeededRandom): Promise<Cast> {
  const stage = openStage(folder);
  try {
    return await assemble(stage, seconds, random);
  } catch (error) {
    await close(stage);
    throw error;
  }
}

async function assemble(stage: Stage, seconds: number, random: SeededRandom): Promise<Cast> {
  const collector = await startCollector(stage);
  const link = await startLink(stage, collector.mqtt, random);
  const agents = ROLES.map((role, index) => agentOf(stage, role, index, link.url, seconds));
  for (const { victim } of agents) await victim.start();
  return {
    collector: collector.victim,
    collectorClock: collector.clock,
    collectorSocket: collector.socket,
    link: link.victim,
    agents,
    disks: Object.fromEntries(stage.disks),
    leftOut: stage.leftOut,
    setLink: link.set,
    [Symbol.asyncDispose]: () => close(stage),
  };
}

/** Agents first, the collector last; then the disks under them. */
async function close({ victims, disks }: Stage): Promise<void> {
  for (const victim of [...victims].reverse()) await victim.stop();
  for (const disk of disks.values()) await disk[Symbol.asyncDispose]();
}

interface Stage {
  readonly dir: TempDir;
  readonly disks: Map<string, SmallDisk>;
  /** In the order in which they were made. */
  readonly victims: Victim[];
  readonly leftOut: string[];
  clock(name: string): FakedClock | undefined;
  disk(name: string, size: string): string;
}

function openStage(folder: string): Stage {
  const dir: TempDir = { path: folder, join: (...parts) => path.join(folder, ...parts), [Symbol.asyncDispose]: async () => {} };
  const leftOut: string[] = [];
  const faketime = judge("faketime", {});
  if (!("found" in faketime)) leftOut.push("clock steps: libfaketime is not installed (Debian: apt-get install faketime)");
  const disks = new Map<string, SmallDisk>();
  return {
    dir,
    disks,
    victims: [],
    leftOut,
    clock: (name) => ("found" in faketime ? fakedClock(dir, name, 0) : undefined),
    /** A small disk of its own, or a plain folder where this user may not mount one. */
    disk(name, size) {
      fs.mkdirSync(dir.join(name));
      const disk = smallDisk(dir.join(name), size);
      if (disk === undefined) leftOut.push(`the disk of ${name} is never full: only root may mount a small one`);
      else disks.set(name, disk);
      return disk?.path ?? dir.join(name);
    },
  };
}

async function startCollector({ dir, victims, clock: clockOf, disk }: Stage) {
  const config = dir.join("collector.yaml");
  const data = disk("collector", "192m");
  const clock = clockOf("collector");
  const write = (mqtt: string) => fs.writeFileSync(config, `listen: { mqtt: "${mqtt}", http: "127.0.0.1:0" }\ndata: ${data}\n`);
  write("127.0.0.1:0");
  const launch = () => ({ args: ["collector/bin.js", "run", "--config", config], env: clock?.env ?? {} });
  const victim = new Victim({ name: "collector", launch, works: /Listening for agents/, log: dir.join("collector.log") });
  victims.push(victim);
  const [, mqtt = ""] = await (await victim.start()).line(/Listening for agents at mqtt:\/\/(\S+)/, STARTS_MS);
  write(mqtt); // there again after each kill
  return { victim, mqtt, clock, socket: path.join(data, "collector.sock") };
}

async function startLink({ dir, victims }: Stage, target: string, random: SeededRandom) {
  let listen = "127.0.0.1:0";
  let weather: Weather = "calm";
  const launch = () => {
    const faults = weather === "calm" ? [] : writeLinkScript(dir.join("link.yaml"), random);
    return { args: ["simulators/bin.js", "link", "--listen", listen, "--to", target, "--json", ...faults] };
  };
  const victim = new Victim({ name: "link", launch, works: /"event":"listening"/, log: dir.join("link.log") });
  victims.push(victim);
  const [, address = ""] = await (await victim.start()).line(/"address":"([^"]+)"/, STARTS_MS);
  listen = address;
  const set = (next: Weather) => {
    weather = next;
    return victim.kill(0);
  };
  return { victim, url: `mqtt://${address}`, set };
}

function agentOf(stage: Stage, role: Role, index: number, url: string, seconds: number): TorturedAgent {
  const { dir } = stage;
  const { name, commitEvery, send, keepFree, disk } = role;
  const spool = disk === undefined ? dir.path : stage.disk(name, disk);
  const clock = stage.clock(name);
  const config = dir.join(`${name}.yaml`);
  const sensors = Array.from({ length: role.sensors }, (_, sensor) => ({ name: `count-${sensor + 1}`, seed: 100 * index + sensor }));
  const write = (speed: string) => {
    const head = `agent: ${name}\ncollector: ${url}\nspool: { path: ${spool}/${name}.db, commit_every: ${commitEvery}, keep_free: ${keepFree} }\n`;
    const replay = `{ from: 2025-01-01T00:00:00Z, for: ${seconds * SPEED}s, step: 1s, speed: ${speed} }`;
    const list = sensors.map(
      (one) => `  - { name: ${one.name}, driver: simulated, profile: numbered, seed: ${one.seed}, replay: ${replay} }\n`,
    );
    fs.writeFileSync(config, `${head}send: ${send}\ncontrol: ${dir.join(`${name}.sock`)}\nsensors:\n${list.join("")}`);
  };
  write(`${SPEED}x`);
  let drain: readonly string[] = [];
  const launch = () => ({ args: ["agent/bin.js", "run", "--config", config, ...drain], env: clock?.env ?? {} });
  const victim = new Victim({ name, launch, works: /sensors, spool/, log: dir.join(`${name}.log`) });
  stage.victims.push(victim);
  return {
    config,
    clock,
    victim,
    hurry() {
      write("max");
      drain = ["--drain"];
    },
  };
}
