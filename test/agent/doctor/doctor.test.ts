/**
 * The doctor as a user calls it, on agents that run, rest, were killed or are not reached.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { createServer } from "node:net";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { collector } from "../../../agent/doctor/collector.ts";
import { skew } from "../../../agent/doctor/skew.ts";
import type { Finding } from "../../../protocol/index.ts";
import { eventually } from "../../support/eventually.ts";
import { startProgram } from "../../support/processes.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";
import { agentStatus, startAgent, startCollector, writeAgent } from "../../support/whole-path.ts";
import { status } from "../commands/made-up-status.ts";
import { examinedAgent, examinedRunning, pi } from "./pi.ts";

const AIR = "  - { name: air, driver: simulated, profile: boiler, every: 1s }\n";
/** Nobody listens at port 1. */
const NOWHERE = "mqtt://127.0.0.1:1";

interface Answer {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  /** Verdicts by check. */
  readonly verdicts: Readonly<Record<string, readonly string[]>>;
  readonly told: (check: string) => string;
}

async function doctor(config: string, ...more: readonly string[]): Promise<Answer> {
  await using program = await startProgram({ args: ["agent/bin.js", "doctor", "--json", "--config", config, ...more] });
  const { code } = await program.ended;
  const { findings } = JSON.parse(program.stdout()) as { readonly findings: readonly Finding[] };
  const verdicts = Object.fromEntries(
    [...Map.groupBy(findings, ({ check }) => check)].map(([check, of]) => [check, of.map(({ verdict }) => verdict)]),
  );
  const told = (check: string) =>
    findings.flatMap((finding) => (finding.check === check ? [`${finding.found} -> ${finding.remedy ?? ""}`] : [])).join("\n");
  return { code, findings, verdicts, told };
}

/** Names and content of everything in a folder. */
function everything(dir: TempDir): readonly string[] {
  return fs.readdirSync(dir.path).map((name) => {
    const stat = fs.statSync(dir.join(name));
    return `${name} ${stat.size} ${stat.mtimeMs} ${stat.isFile() ? fs.readFileSync(dir.join(name)).toString("base64") : ""}`;
  });
}

test("a resting agent is examined by its files, of which none is changed and to which none is added", async () => {
  await using dir = await tempDir();
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors: AIR });
  {
    await using agent = await startAgent(config);
    await eventually(
      () => agentStatus(dir, "box"),
      ({ spool }) => spool.pendingReadings > 0,
    );
    await agent.kill("SIGTERM");
  }
  const before = everything(dir);
  const { code, verdicts, told } = await doctor(config);
  expect(everything(dir)).toEqual(before);
  expect(verdicts).toMatchObject({
    config: ["green"],
    agent: ["yellow"],
    spool: ["green"],
    sensors: ["green"],
    collector: ["red"],
    skew: ["yellow"],
  });
  expect(told("agent")).toContain(`tributary-agent run --config ${config}`);
  expect(told("spool")).toMatch(/opened for reading.*[1-9]\d* sealed and not acked.*checked whole/);
  expect(told("sensors")).toContain("air (simulated) answers");
  expect(code).toBe(1);
});

test("a killed agent shows by the log beside its spool, which is left for its next start", async () => {
  await using dir = await tempDir();
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors: AIR });
  {
    await using agent = await startAgent(config);
    await eventually(
      () => agentStatus(dir, "box"),
      ({ spool }) => spool.open > 0,
    );
    await agent.kill("SIGKILL");
  }
  const before = everything(dir);
  const { verdicts, told } = await doctor(config);
  expect(everything(dir)).toEqual(before);
  expect(verdicts.spool).toEqual(["yellow"]);
  expect(told("spool")).toContain("in its log: in use, or its agent was killed");
});

test("a running agent that is connected is all green, stays connected, and a bundle holds what it says", async () => {
  await using dir = await tempDir();
  const { program, url } = await startCollector(dir);
  await using _collector = program;
  const config = await writeAgent(dir, { name: "box", url, sensors: AIR });
  await using _agent = await startAgent(config);
  const { uplink } = await eventually(
    () => agentStatus(dir, "box"),
    (status) => status.uplink.ackedBatches > 0,
  );
  const { verdicts, told, code } = await doctor(config, "--bundle", dir.join("b.json.gz"));
  expect(verdicts).toMatchObject({ agent: ["green"], skew: ["green"], spool: ["green"], sensors: ["green"], collector: ["green"] });
  expect(told("collector")).toContain(`connected to ${url}`);
  expect(told("skew")).toMatch(/this clock is 0\.\d+ s (ahead of|behind) the collector's/);
  expect(code).toBe(0);

  const bundle = JSON.parse(gunzipSync(fs.readFileSync(dir.join("b.json.gz"))).toString());
  expect(bundle).toMatchObject({
    versions: { program: "tributary-agent" },
    config: { agent: "box", collector: url },
    counters: { account: { balanced: true }, sensors: { air: { read: expect.any(Number) } } },
    status: { agent: "box", uplink: { phase: "open" } },
  });
  const after = await agentStatus(dir, "box");
  expect(after.uplink.phase).toBe("open");
  expect(after.uplink.ackedBatches).toBeGreaterThanOrEqual(uplink.ackedBatches);
  expect(program.output()).not.toContain("doctor-"); // the running agent's connection was answer enough
});

test("a resting agent's collector is reached under a name of its own, and nobody's session is taken", async () => {
  await using dir = await tempDir();
  const { program, url } = await startCollector(dir);
  await using _collector = program;
  const config = await writeAgent(dir, { name: "box", url, sensors: AIR });
  await using agent = await startAgent(config);
  await eventually(
    () => agentStatus(dir, "box"),
    ({ uplink }) => uplink.phase === "open",
  );
  const twin = await writeAgent(dir, { name: "twin", url, sensors: AIR }); // the same machine, another agent that rests
  const { verdicts, told } = await doctor(twin);
  expect(verdicts.collector).toEqual(["green"]);
  expect(told("collector")).toContain("an MQTT broker answers, and lets us in");
  await program.line(/"agent":"doctor-[0-9a-f]{16}","msg":"agent disconnected"/);
  expect(program.output()).not.toMatch(/"agent":"(box|twin)","msg":"agent disconnected"/);
  expect((await agentStatus(dir, "box")).uplink.phase).toBe("open");
  await agent.kill("SIGTERM");
});

test("a config that is wrong is red with line and key, and the machine is examined all the same", async () => {
  await using dir = await tempDir();
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors: AIR, more: "colector: x\n" });
  const { code, verdicts, told } = await doctor(config);
  expect(told("config")).toMatch(/box\.yaml:4:1 colector/);
  expect(Object.keys(verdicts)).toEqual(expect.arrayContaining(["config", "versions", "rtc"]));
  expect(verdicts).not.toHaveProperty("spool");
  expect(code).toBe(1);
});

test("a bundle of a config that is wrong holds none of its secrets, not even in what the doctor says of it", async () => {
  await using dir = await tempDir();
  const more = "password: hunter2\nmqtt: { user: u, api_token: hunter3 }\n";
  const config = await writeAgent(dir, { name: "box", url: "mqtt://agent:hunter4@127.0.0.1:1", sensors: AIR, more });
  const { verdicts } = await doctor(config, "--bundle", dir.join("b.json.gz"));
  expect(verdicts.config).toEqual(["red"]);
  const bundle = gunzipSync(fs.readFileSync(dir.join("b.json.gz"))).toString();
  expect(bundle).toContain("mqtt://(removed)@127.0.0.1:1");
  expect(bundle).not.toContain("hunter");
});

test("a sensor whose read never returns is red, others are read, and the doctor ends", async () => {
  await using dir = await tempDir();
  const zone = dir.join("root/sys/class/thermal/thermal_zone0");
  fs.mkdirSync(zone, { recursive: true });
  fs.writeFileSync(`${zone}/type`, "cpu-thermal\n");
  execFileSync("mkfifo", [`${zone}/temp`]); // opening it for reading waits for a writer that never comes
  const sensors = `  - { name: hot, driver: thermal, every: 1s }\n${AIR}`;
  const config = await writeAgent(dir, { name: "box", url: NOWHERE, sensors, more: "root: ./root\n" });
  const { code, told, findings } = await doctor(config);
  expect(told("sensors")).toContain("hot (thermal): hot: expected an answer within 5 s, got none");
  expect(told("sensors")).toContain("air (simulated) answers");
  expect(findings.find(({ hung }) => hung)).toMatchObject({ check: "sensors", verdict: "red" });
  expect(code).toBe(1);
});

describe("the collector's address", () => {
  const verdictAt = async (url: string) => {
    await using box = await pi();
    return (await examinedAgent(collector, await box.config({ collector: url })))[0];
  };

  test("where nobody listens is red, and says so", async () => {
    expect(await verdictAt(NOWHERE)).toMatchObject({ verdict: "red", found: expect.stringContaining("nobody listens at that port") });
  });

  test("that no name server knows is red, with the command that asks one", async () => {
    const finding = await verdictAt("mqtt://no-such-host.invalid:1883");
    expect(finding?.verdict).toBe("red");
    expect(finding?.remedy).toMatch(/getent hosts no-such-host\.invalid|resolvectl/);
  });

  test("at which something else answers is red", async () => {
    const server = createServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { readonly port: number };
    expect(await verdictAt(`mqtt://127.0.0.1:${port}`)).toMatchObject({ verdict: "red" });
    await new Promise((resolve) => server.close(resolve));
  });
});

test("the skew is judged by what it does to readings", async () => {
  await using box = await pi();
  const config = await box.config();
  const server = createServer((socket) => {
    socket.once("data", () => {
      const body = JSON.stringify({ pace: {}, recentFaults: [], spool: {}, sensors: [], clock: { source, collectorAhead: ahead } });
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
    });
  });
  let source = "ntp";
  let ahead: number | undefined = 0;
  await new Promise<void>((resolve) => server.listen(config.control, resolve));
  const verdictOf = async (by: number | undefined, from = "ntp") => {
    [source, ahead] = [from, by];
    return (await examinedAgent(skew, config))[0]?.verdict;
  };
  const minute = 60_000_000;
  expect(await verdictOf(1_000_000)).toBe("green");
  expect(await verdictOf(-3_000_000)).toBe("yellow");
  expect(await verdictOf(-10 * minute)).toBe("red");
  expect(await verdictOf(10 * minute)).toBe("yellow");
  expect(await verdictOf(-10 * minute, "collector")).toBe("yellow");
  expect(await verdictOf(undefined)).toBe("yellow");
  await new Promise((resolve) => server.close(resolve));
});

test("a collector that is connected and takes nothing is yellow, with its reason", async () => {
  await using box = await pi();
  const config = await box.config();
  const { uplink } = status();
  const refusing = { ...status(), uplink: { ...uplink, refusal: "the collector takes no batches: busy" } };
  expect(await examinedRunning(collector, config, status())).toMatchObject([{ verdict: "green" }]);
  expect(await examinedRunning(collector, config, refusing)).toMatchObject([{ verdict: "yellow", found: expect.stringContaining("busy") }]);
});

test("an agent that is not the only one of its name is red, connected or not", async () => {
  await using box = await pi();
  const config = await box.config();
  const odd = { ...status().uplink, hasNamesake: true, refusal: "another agent has the name", remedy: "give one another name" };
  const thrownOut = { ...odd, phase: "down" as const, trouble: odd.refusal };
  for (const uplink of [odd, thrownOut]) {
    const found = await examinedRunning(collector, config, { ...status(), uplink });
    expect(found.at(-1)).toMatchObject({
      verdict: "red",
      found: expect.stringContaining("another agent"),
      remedy: "give one another name",
    });
  }
});
