import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { CollectorConfig } from "../../../collector/config/config.ts";
import { loadCollectorConfig } from "../../../collector/config/load.ts";
import { collectorSchema } from "../../../collector/config/schema.ts";
import { isFault, machineZone, parseConfig } from "../../../protocol/index.ts";
import { tempDir } from "../../support/temp-dir.ts";

const SURROUNDINGS = { file: "/etc/tributary/collector.yaml", data: undefined, runtimeFolder: undefined };

function parse(text: string, surroundings: Parameters<typeof collectorSchema>[0] = SURROUNDINGS): Promise<CollectorConfig> {
  return parseConfig(text, "collector.yaml", collectorSchema(surroundings), {});
}

describe("a collector without a config file", () => {
  test("listens on this machine, keeps its data in ./tributary-data and speaks the machine's time", async () => {
    const config = await loadCollectorConfig(undefined, {});
    expect(config).toMatchObject({
      file: undefined,
      broker: { kind: "embedded", host: "127.0.0.1", port: 1883 },
      listen: { http: { host: "127.0.0.1", port: 8480 } },
      data: path.resolve("tributary-data"),
      timeZone: machineZone(),
      http: { from: "loopback", withoutToken: "nobody" },
      prefix: "tributary/v1",
      store: { kind: "sqlite" },
      rules: [],
    });
  });

  test("takes its folder from the command line, and keeps the control socket in it", async () => {
    const config = await loadCollectorConfig(undefined, {}, "readings");
    expect([config.data, config.control]).toEqual([path.resolve("readings"), path.resolve("readings/collector.sock")]);
  });

  test("keeps its data as a service where systemd says; a folder of the command line goes before it", async () => {
    const service = { STATE_DIRECTORY: "/var/lib/tributary-collector:/var/lib/other" };
    expect((await loadCollectorConfig(undefined, service)).data).toBe("/var/lib/tributary-collector");
    expect((await loadCollectorConfig(undefined, service, "readings")).data).toBe(path.resolve("readings"));
  });

  test("is told when that folder is too long for a socket", async () => {
    const work = loadCollectorConfig(undefined, {}, `/${"x".repeat(100)}`);
    await expect(work).rejects.toMatchObject({ code: "bad_config", hint: "choose a shorter --data DIR" });
  });
});

describe("a collector's config file", () => {
  test("may hold nothing but comments", async () => {
    await using folder = await tempDir();
    await writeFile(folder.join("collector.yaml"), "# all defaults\n");
    const config = await loadCollectorConfig(folder.join("collector.yaml"), {});
    expect(config.data).toBe(folder.join("tributary-data"));
  });

  test("that is named must be there", async () => {
    await using folder = await tempDir();
    await expect(loadCollectorConfig(folder.join("none.yaml"), {})).rejects.toMatchObject({ code: "config_missing" });
  });

  test("says where to listen, where the data is, and which values are refused", async () => {
    const config = await parse(
      [
        'listen: { mqtt: "[::1]:0", http: localhost:9000 }',
        "data: ../data",
        "time_zone: europe/berlin",
        "prefix: site-7",
        'rules: [ { series: "*/*/temperature", range: { min: -40, max: 85 } }, { series: "a/b/c", range: { min: 0 } } ]',
      ].join("\n"),
    );
    expect(config).toMatchObject({
      broker: { kind: "embedded", host: "::1", port: 0 },
      listen: { http: { host: "localhost", port: 9000 } },
      data: "/etc/data",
      control: "/etc/data/collector.sock",
      timeZone: "Europe/Berlin",
      prefix: "site-7",
      rules: [
        { series: "*/*/temperature", range: { min: -40, max: 85 } },
        { series: "a/b/c", range: { min: 0, max: Number.POSITIVE_INFINITY } },
      ],
    });
  });

  test.each(["private", "all"])("opens HTTP to networks where it says http_from: %s", async (from) => {
    const config = await parse(`listen: { http: 0.0.0.0:8480 }\nhttp_from: ${from}\n`);
    expect(config).toMatchObject({ listen: { http: { host: "0.0.0.0" } }, http: { from, withoutToken: "nobody" } });
  });

  test("yields to the command line about the folder, and to the service's runtime folder about the socket", async () => {
    const config = await parse("data: /var/lib/a\n", { ...SURROUNDINGS, data: "/tmp/b", runtimeFolder: "/run/tributary" });
    expect([config.data, config.control]).toEqual(["/tmp/b", "/run/tributary/collector.sock"]);
  });

  test.each(["127.0.0.1", "127.1.2.3", "localhost", '"[::1]', "0.0.0.0", "10.0.0.1", "collector.local", '"[::]'])(
    "opens %s to the network only where the config says so in so many words",
    async (host) => {
      const isThisMachine = /^(127|localhost|"\[::1)/.test(host);
      const address = `mqtt: ${host}:1883${host.startsWith('"') ? '"' : ""}`;
      await expect(parse(`listen:\n  ${address}\n  unencrypted: any_network\n`)).resolves.toBeDefined();
      if (isThisMachine) await expect(parse(`listen:\n  ${address}\n`)).resolves.toBeDefined();
      else await expect(parse(`listen:\n  ${address}\n`)).rejects.toThrow("NO ENCRYPTION AND NO PASSWORD");
    },
  );
});

describe("a broker that stands elsewhere", () => {
  test("is named by its address alone; its own is not opened then", async () => {
    const { broker } = await parse("broker: { url: mqtt://127.0.0.1 }\n");
    expect(broker).toEqual({
      kind: "external",
      url: "mqtt://127.0.0.1:1883",
      user: undefined,
      passwordFile: undefined,
      caFile: undefined,
      clientId: undefined,
      role: "primary",
    });
  });

  test("may have a user, files beside the config, and the variables of the environment in any of it", async () => {
    const text = [
      "broker:",
      `  url: mqtts://\${BROKER}:8884/`,
      `  user: \${BROKER_USER}`,
      "  password_file: secrets/broker",
      "  ca_file: /etc/ssl/mine.pem",
      "  client_id: Collector-7",
      "  role: replica",
    ].join("\n");
    const config = await parseConfig(text, "collector.yaml", collectorSchema(SURROUNDINGS), { BROKER: "broker.local", BROKER_USER: "me" });
    expect(config.broker).toEqual({
      kind: "external",
      url: "mqtts://broker.local:8884",
      user: "me",
      passwordFile: "/etc/tributary/secrets/broker",
      caFile: "/etc/ssl/mine.pem",
      clientId: "Collector-7",
      role: "replica",
    });
  });

  test.each(["mqtt://10.0.0.1", "mqtt://broker.local:1883", "mqtt://[fe80::1]:1883"])(
    "at %s is reached without encryption only where the config says so in so many words",
    async (url) => {
      await expect(parse(`broker:\n  url: "${url}"\n`)).rejects.toThrow("NO ENCRYPTION");
      await expect(parse(`broker:\n  url: "${url}"\n  unencrypted: any_network\n`)).resolves.toMatchObject({
        broker: { kind: "external" },
      });
      await expect(parse(`broker:\n  url: "${url.replace("mqtt:", "mqtts:")}"\n`)).resolves.toBeDefined();
    },
  );
});

/** name of the mistake -> text, and how the one line that answers it begins */
const MISTAKES: Readonly<Record<string, readonly [text: string, line: string]>> = {
  "an unknown key": ["timezone: UTC\n", 'collector.yaml:1:1 timezone: unknown key; did you mean "time_zone"?'],
  "a broker elsewhere and an address of its own": [
    "broker: { url: mqtt://127.0.0.1 }\nlisten: { mqtt: 127.0.0.1:1883 }\n",
    "collector.yaml:2:11 listen.mqtt: expected no address beside `broker`",
  ],
  "a broker without its address": [
    "broker: { user: me }\n",
    "collector.yaml:1:1 broker.url: expected an address like mqtt://127.0.0.1:1883",
  ],
  "a broker that is a web server": [
    "broker: { url: http://broker }\n",
    "collector.yaml:1:11 broker.url: expected an address like mqtt://127.0.0.1:1883",
  ],
  "a password in the address of the broker": [
    'broker: { url: "mqtt://me:secret@127.0.0.1" }\n',
    "collector.yaml:1:11 broker.url: expected an address like mqtt://127.0.0.1:1883",
  ],
  "a topic in the address of the broker": [
    "broker: { url: mqtt://127.0.0.1/readings }\n",
    "collector.yaml:1:11 broker.url: expected an address like mqtt://127.0.0.1:1883",
  ],
  "a password for nobody": [
    "broker: { url: mqtt://127.0.0.1, password_file: x }\n",
    "collector.yaml:1:34 broker.password_file: expected none without a user",
  ],
  "an authority without TLS": [
    "broker: { url: mqtt://127.0.0.1, ca_file: x }\n",
    "collector.yaml:1:34 broker.ca_file: expected none with mqtt://",
  ],
  "a role nobody plays": [
    "broker: { url: mqtt://127.0.0.1, role: second }\n",
    "collector.yaml:1:34 broker.role: expected one of primary, replica",
  ],
  "a key of another config for the broker": [
    "broker: { url: mqtt://127.0.0.1, username: me }\n",
    "collector.yaml:1:34 broker.username: unknown key",
  ],
  "an address without a port": [
    "listen: { mqtt: localhost }\n",
    'collector.yaml:1:11 listen.mqtt: expected host:port like 127.0.0.1:1883, got "localhost"',
  ],
  "a port alone": ["listen: { http: 8480 }\n", "collector.yaml:1:11 listen.http: expected host:port like 127.0.0.1:1883, got 8480"],
  "a port beyond the last": [
    "listen: { http: 127.0.0.1:99999 }\n",
    'collector.yaml:1:11 listen.http: expected host:port like 127.0.0.1:1883, got "127.0.0.1:99999"',
  ],
  "HTTP open to the network": [
    "listen: { http: 0.0.0.0:8480 }\nhttp_without_token: loopback\n",
    'collector.yaml:1:11 listen.http: expected an address of this machine like 127.0.0.1:8480, got "0.0.0.0:8480"; to let your own network ask, with tokens, add "http_from: private"',
  ],
  "access for everybody": [
    "http_without_token: all\n",
    'collector.yaml:1:1 http_without_token: expected one of nobody, loopback, got "all"',
  ],
  "a network nobody knows": ["http_from: home\n", 'collector.yaml:1:1 http_from: expected one of loopback, private, all, got "home"'],
  "HTTP open to the network, MQTT allowed to be": [
    "listen: { http: 0.0.0.0:8480, unencrypted: any_network }\n",
    "collector.yaml:1:11 listen.http: expected an address of this machine like 127.0.0.1:8480",
  ],
  "a truth value for an enum": [
    "listen: { unencrypted: true }\n",
    "collector.yaml:1:11 listen.unencrypted: expected one of this_machine, any_network, got true",
  ],
  "a zone nobody knows": [
    "time_zone: Europe/Berln\n",
    'collector.yaml:1:1 time_zone: expected an IANA time zone like Europe/Berlin, got "Europe/Berln"; did you mean "Europe/Berlin"?',
  ],
  "an offset for a zone": [
    'time_zone: "+02:00"\n',
    'collector.yaml:1:1 time_zone: expected an IANA time zone like Europe/Berlin, got "+02:00"',
  ],
  "a store nobody wrote": ["store: { kind: sqlit }\n", 'collector.yaml:1:10 store.kind: expected sqlite, got "sqlit"'],
  "a pattern of two levels": [
    'rules: [ { series: "*/temperature", range: { min: 1 } } ]\n',
    "collector.yaml:1:12 rules[0].series: expected a pattern of agent/sensor/channel",
  ],
  "a range upside down": [
    'rules: [ { series: "*/*/*", range: { min: 2, max: 1 } } ]\n',
    "collector.yaml:1:29 rules[0].range: expected min to be at most max, got { min: 2, max: 1 }",
  ],
  "a range of everything": [
    'rules: [ { series: "*/*/*", range: {} } ]\n',
    "collector.yaml:1:29 rules[0].range: expected min, max or both, got {}",
  ],
  "a range of texts": [
    'rules: [ { series: "*/*/*", range: { min: low } } ]\n',
    'collector.yaml:1:38 rules[0].range.min: expected a number, got "low"',
  ],
};

describe("a wrong collector config", () => {
  test.each(Object.entries(MISTAKES))("with %s is answered in one line", async (_name, [text, line]) => {
    const fault = await parse(text).catch((error: unknown) => error);
    if (!isFault(fault, "bad_config")) throw fault;
    expect(fault.message.split("\n")).toHaveLength(1);
    expect(fault.message.slice(0, line.length)).toBe(line);
  });
});
