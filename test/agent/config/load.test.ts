// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholder of config files
import { mkdir, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { AgentConfig } from "../../../agent/config/config.ts";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import { agentSchema } from "../../../agent/config/schema.ts";
import { aggregate } from "../../../agent/filters/aggregate.ts";
import { deadband } from "../../../agent/filters/deadband.ts";
import { system } from "../../../agent/sensors/system.ts";
import { parseConfig, type Variables } from "../../../protocol/index.ts";
import { tempDir } from "../../support/temp-dir.ts";

const SURROUNDINGS = { file: "/etc/tributary/agent.yaml", hostname: "Pi-4", runtimeFolder: undefined };

const HEAD = "agent: greenhouse-1\ncollector: mqtt://collector.local:1883\n";
const ONE_SENSOR = "sensors:\n  - { name: box, driver: system, every: 10s }\n";
const MINIMAL = HEAD + ONE_SENSOR;

function parse(text: string, env: Variables = {}, surroundings = SURROUNDINGS): Promise<AgentConfig> {
  return parseConfig(text, "agent.yaml", agentSchema(surroundings), env);
}

const sensor = (...lines: readonly string[]) => `${HEAD}sensors:\n  - name: box\n${lines.map((line) => `    ${line}\n`).join("")}`;
const load1 = (...filters: readonly string[]) =>
  sensor("driver: system", "every: 10s", "channels:", "  load1:", "    filters:", ...filters.map((line) => `      - ${line}`));

describe("the smallest agent config", () => {
  test("is an agent, a collector and a sensor; everything else has a default", async () => {
    const { sensors, ...rest } = await parse(MINIMAL);
    expect(rest).toEqual({
      file: "/etc/tributary/agent.yaml",
      dropIns: [],
      labels: {},
      agent: "greenhouse-1",
      collector: { url: "mqtt://collector.local:1883", host: "collector.local", port: 1883 },
      spool: { path: "/var/lib/tributary/spool.db", maxSize: 1e9, keepFree: 5e8, whenFull: "drop_oldest", commitEvery: 1e6 },
      send: { every: 60e6, maxReadings: 2000 },
      clock: { trust: "auto" },
      control: "/var/lib/tributary/agent.sock",
      root: "/",
      prefix: "tributary/v1",
    });
    expect(sensors).toHaveLength(1);
    expect(sensors[0]).toMatchObject({ name: "box", driver: system, options: { disk: "/" }, every: 10e6, stamp: "grid" });
  });

  test("keeps every channel the driver offers, unfiltered", async () => {
    const [box] = (await parse(MINIMAL)).sensors;
    expect(box?.channels).toEqual(system.channels({ disk: "/", power_flags: "none" }).map((channel) => ({ ...channel, filters: [] })));
  });
});

describe("what is written", () => {
  test("is found again, each filter with its options parsed by the filter itself", async () => {
    const config = await parse(load1("deadband: { width: 0.05, heartbeat: 5m }", "aggregate: { every: 1m }"));
    const filters = config.sensors[0]?.channels[0]?.filters ?? [];
    expect(filters.map(({ kind }) => kind)).toEqual([deadband, aggregate]);
    expect(filters[0]?.options).toMatchObject({ width: 0.05, heartbeat: 300e6 });
    expect(filters[1]?.options).toEqual({ every: 60e6 });
  });

  test("keeps the channels that are listed, in the driver's order, with unit and kind as named", async () => {
    const config = await parse(sensor("driver: system", "every: 10s", "channels: { uptime: { kind: gauge }, load1: { unit: °C } }"));
    expect(config.sensors[0]?.channels).toEqual([
      { name: "load1", unit: "Cel", kind: "gauge", filters: [] },
      { name: "uptime", unit: "s", kind: "gauge", filters: [] },
    ]);
  });

  test("may leave out the options of a channel", async () => {
    const config = await parse(sensor("driver: system", "every: 10s", "channels:", "  load1:"));
    expect(config.sensors[0]?.channels.map(({ name }) => name)).toEqual(["load1"]);
  });

  test("means paths from the folder of the file, and puts the control socket beside the spool", async () => {
    const config = await parse(`${MINIMAL}spool: { path: data/spool.db }\nroot: ../fake\n`);
    expect([config.spool.path, config.control, config.root]).toEqual([
      "/etc/tributary/data/spool.db",
      "/etc/tributary/data/agent.sock",
      "/etc/fake",
    ]);
  });

  test("uses the service's runtime folder for the control socket where there is one", async () => {
    expect((await parse(MINIMAL, {}, { ...SURROUNDINGS, runtimeFolder: "/run/tributary" } as never)).control).toBe(
      "/run/tributary/agent.sock",
    );
    expect((await parse(`${MINIMAL}control: /tmp/a.sock\n`)).control).toBe("/tmp/a.sock");
  });

  test("needs no pace where the driver sets its own", async () => {
    const config = await parse(
      sensor("driver: simulated", "profile: greenhouse", 'replay: { from: "2026-11-01T00:00:00Z", for: 7d, step: 10s }') +
        "  - { name: csv, driver: file, path: x.csv, columns: { time: 1, temperature: 2 }, channels: { temperature: { unit: °C } } }\n",
    );
    expect(config.sensors.map(({ name, every }) => [name, every])).toEqual([
      ["box", undefined],
      ["csv", undefined],
    ]);
    expect(config.sensors[1]?.channels).toMatchObject([{ name: "temperature", unit: "Cel" }]);
  });

  test.each([
    ["mqtt://10.0.0.1", "mqtt://10.0.0.1:1883", "10.0.0.1", 1883],
    ["mqtt://[::1]:2000", "mqtt://[::1]:2000", "::1", 2000],
    ["mqtt://c:1/", "mqtt://c:1", "c", 1],
  ])("takes %s for a collector", async (written, url, host, port) => {
    expect((await parse(`agent: a\ncollector: "${written}"\n${ONE_SENSOR}`)).collector).toEqual({ url, host, port });
  });
});

describe("the agent's name", () => {
  const named = (agent: string) => `agent: "${agent}"\ncollector: mqtt://c\n${ONE_SENSOR}`;

  test("may hold the machine's, in lower case", async () => {
    expect((await parse(named("site7-{hostname}"))).agent).toBe("site7-pi-4");
  });

  test("offers the nearest valid one where the machine's is none", async () => {
    const work = parse(named("{hostname}"), {}, { ...SURROUNDINGS, hostname: "Küche.local" });
    await expect(work).rejects.toThrow('got "{hostname}"; here it means "küche.local"; did you mean "kuche-local"?');
  });

  test("may come from the environment", async () => {
    expect((await parse(named("${SITE}"), { SITE: "kiel" })).agent).toBe("kiel");
  });
});

describe("the agent's config file", () => {
  test("is read from disk; the spool's folder need not be there", async () => {
    await using folder = await tempDir();
    await writeFile(folder.join("agent.yaml"), `${MINIMAL}spool: { path: later/spool.db }\n`);
    const config = await loadAgentConfig(folder.join("agent.yaml"), {});
    expect(config.spool.path).toBe(folder.join("later/spool.db"));
  });

  test("that is missing says how to name another", async () => {
    await using folder = await tempDir();
    const work = loadAgentConfig(folder.join("none.yaml"), {});
    await expect(work).rejects.toMatchObject({ code: "config_missing", hint: "name another with --config FILE" });
  });

  test("takes the sensors and labels of its drop-ins behind its own, in the order of their names", async () => {
    await using folder = await tempDir();
    await mkdir(folder.join("agent.d"));
    await writeFile(folder.join("agent.yaml"), `${MINIMAL}labels: { site: kiel }\n`);
    await writeFile(folder.join("agent.d/20-b.yaml"), "sensors:\n  - { name: b, driver: system, every: 10s }\n");
    await writeFile(folder.join("agent.d/10-a.yml"), "labels: { rack: 3 }\nsensors:\n  - { name: a, driver: system, every: 10s }\n");
    await writeFile(folder.join("agent.d/ignored.yaml.bak"), "no: [");
    const { sensors, labels, dropIns } = await loadAgentConfig(folder.join("agent.yaml"), {});
    expect(sensors.map(({ name }) => name)).toEqual(["box", "a", "b"]);
    expect(labels).toEqual({ site: "kiel", rack: "3" });
    expect(dropIns).toEqual([folder.join("agent.d/10-a.yml"), folder.join("agent.d/20-b.yaml")]);
  });

  test("says of what is wrong in a drop-in its file and line, and of what stands twice both", async () => {
    await using folder = await tempDir();
    await mkdir(folder.join("agent.d"));
    await writeFile(folder.join("agent.yaml"), `${MINIMAL}labels: { site: kiel }\nsend: { every: 10s }\n`);
    await writeFile(
      folder.join("agent.d/a.yaml"),
      'send: 5\nlabels: { site: hamburg }\nsensors:\n  - { name: a, driver: system, evry: 10s }\n  - { name: box, driver: system, every: "${NOT_SET}" }\n',
    );
    await writeFile(folder.join("agent.d/b.yaml"), "- a\n");
    const error = await loadAgentConfig(folder.join("agent.yaml"), {}).catch((fault: unknown) => fault);
    expect((error as Error).message.replaceAll(folder.path, "DIR").split("\n")).toEqual([
      "DIR/agent.d/a.yaml:1:1 send: expected send in one file, it is in DIR/agent.yaml:6:1 too, got 5",
      'DIR/agent.d/a.yaml:2:11 labels.site: expected labels.site in one file, it is in DIR/agent.yaml:5:11 too, got "hamburg"',
      expect.stringMatching(/^DIR\/agent\.d\/a\.yaml:4:\d+ sensors\[0\]\.evry: unknown key; did you mean "every"\?$/),
      expect.stringContaining("DIR/agent.d/a.yaml:5:"),
      expect.stringContaining("DIR/agent.d/b.yaml:1:1: expected a map"),
    ]);
  });

  test("tells two sensors of one name with both files and lines", async () => {
    await using folder = await tempDir();
    await mkdir(folder.join("agent.d"));
    await writeFile(folder.join("agent.yaml"), MINIMAL);
    await writeFile(folder.join("agent.d/a.yaml"), "sensors:\n  - { name: box, driver: system, every: 10s }\n");
    const error = await loadAgentConfig(folder.join("agent.yaml"), {}).catch((fault: unknown) => fault);
    expect((error as Error).message.replaceAll(folder.path, "DIR")).toBe(
      'DIR/agent.d/a.yaml:2:7 sensors[0].name: expected a name of its own, got "box"; DIR/agent.yaml:4:7 has this one',
    );
  });
});
