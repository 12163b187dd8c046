import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AgentConfig } from "../../../agent/config/config.ts";
import { agentSchema } from "../../../agent/config/schema.ts";
import { DRIVERS } from "../../../agent/sensors/registry.ts";
import { system } from "../../../agent/sensors/system.ts";
import { isFault, parseConfig } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";

const SURROUNDINGS = { file: "/etc/tributary/agent.yaml", hostname: "Pi-4", runtimeFolder: undefined };

const DRIVER_NAMES = Object.keys(DRIVERS).join(", ");
const CHANNEL_NAMES = system
  .channels({ disk: "/", power_flags: "none" })
  .map(({ name }) => name)
  .join(", ");

const HEAD = "agent: greenhouse-1\ncollector: mqtt://collector.local:1883\n";
const ONE_SENSOR = "sensors:\n  - { name: box, driver: system, every: 10s }\n";
const MINIMAL = HEAD + ONE_SENSOR;

function parse(text: string): Promise<AgentConfig> {
  return parseConfig(text, "agent.yaml", agentSchema(SURROUNDINGS), {});
}

async function problemsOf(text: string): Promise<readonly string[]> {
  const fault = await parse(text).then(
    () => new Error("expected a fault, it was accepted"),
    (error: unknown) => error,
  );
  if (!isFault(fault, "bad_config")) throw fault;
  return fault.message.split("\n");
}

const sensor = (...lines: readonly string[]) => `${HEAD}sensors:\n  - name: box\n${lines.map((line) => `    ${line}\n`).join("")}`;
const load1 = (...filters: readonly string[]) =>
  sensor("driver: system", "every: 10s", "channels:", "  load1:", "    filters:", ...filters.map((line) => `      - ${line}`));

/** name of the mistake -> text, and the one line that answers it */
const MISTAKES: Readonly<Record<string, readonly [text: string, line: string]>> = {
  "an unknown key": [`${MINIMAL}sned: { every: 1s }\n`, 'agent.yaml:5:1 sned: unknown key; did you mean "send"?'],
  "no sensors": [`${HEAD}sensors: []\n`, "agent.yaml:3:1 sensors: expected at least one sensor, got []"],
  "a name with capitals": [
    `agent: Greenhouse 1\ncollector: mqtt://c\n${ONE_SENSOR}`,
    'agent.yaml:1:1 agent: expected a name like "greenhouse-1" (a-z, 0-9, "-", "_", at most 40), got "Greenhouse 1"; did you mean "greenhouse-1"?',
  ],
  "a unit that would rename another quantity": [
    sensor("driver: system", "every: 10s", "channels:", "  uptime: { unit: hPa }"),
    'agent.yaml:8:17 sensors[0].channels.uptime.unit: expected s, in which the driver reads it: unit renames and does not convert, got "hPa"; use the filter convert',
  ],
  "a unit that would rename another scale": [
    sensor("driver: system", "every: 10s", "channels:", "  uptime: { unit: h }"),
    'agent.yaml:8:17 sensors[0].channels.uptime.unit: expected s, in which the driver reads it: unit renames and does not convert, got "h"; write filters: [{ convert: { to: "h" } }]',
  ],
  "another scheme": [
    `agent: a\ncollector: mqtts://c:8883\n${ONE_SENSOR}`,
    'agent.yaml:2:1 collector: expected an address like mqtt://collector.local:1883, got "mqtts://c:8883"',
  ],
  "a password in the address": [
    `agent: a\ncollector: mqtt://me:pw@c\n${ONE_SENSOR}`,
    'agent.yaml:2:1 collector: expected an address like mqtt://collector.local:1883, got "mqtt://me:pw@c"',
  ],
  "a port beyond the last": [
    `agent: a\ncollector: mqtt://c:70000\n${ONE_SENSOR}`,
    'agent.yaml:2:1 collector: expected an address like mqtt://collector.local:1883, got "mqtt://c:70000"',
  ],
  "a cron line of four fields": [
    sensor("driver: system", 'every: "* * * *"'),
    'agent.yaml:6:5 sensors[0].every: expected five cron fields like "5 * * * *" (minute, hour, day of month, month, day of week), got "* * * *"',
  ],
  "a cron line with an hour that is none": [
    sensor("driver: system", "every: 0 25 * * *"),
    'agent.yaml:6:5 sensors[0].every: expected five cron fields like "5 * * * *" (minute, hour, day of month, month, day of week), got "0 25 * * *"; the hour is wrong',
  ],
  "a cron line for a stream": [
    sensor("driver: file", "path: a.csv", "columns: { time: 1, t: 2 }", "time_format: unix_s", "every: 0 6 * * *"),
    'agent.yaml:9:5 sensors[0].every: expected no cron line: file gives its readings when they come, got "0 6 * * *"',
  ],
  "an offset as long as every": [
    sensor("driver: system", "every: 10s", "offset: 10s"),
    'agent.yaml:7:5 sensors[0].offset: expected an offset shorter than every (10s), got "10s"',
  ],
  "an offset without its unit": [
    sensor("driver: system", "every: 10s", "offset: 5"),
    "agent.yaml:7:5 sensors[0].offset: expected a duration like 0s or 250ms, got 5",
  ],
  "an offset of a cron line that is longer than a minute": [
    sensor("driver: system", 'every: "@hourly"', "offset: 90s"),
    'agent.yaml:7:5 sensors[0].offset: expected an offset shorter than a minute of the cron line (1m), got "90s"',
  ],
  "a time zone that is none": [
    `${MINIMAL}time_zone: Berlin\n`,
    'agent.yaml:5:1 time_zone: expected an IANA time zone like Europe/Berlin, got "Berlin"; did you mean "Europe/Berlin"?',
  ],
  "a label with a comma": [
    `${MINIMAL}labels: { site: "kiel, harbour" }\n`,
    'agent.yaml:5:11 labels.site: expected a text of at most 64 characters without commas, got "kiel, harbour"',
  ],
  "a label whose number is no whole one": [
    `${MINIMAL}labels: { rack: 1.10 }\n`,
    "agent.yaml:5:11 labels.rack: expected a text of at most 64 characters without commas, got 1.10",
  ],
  "the name of a label in capitals": [
    `${MINIMAL}labels: { Site: kiel }\n`,
    'agent.yaml:5:11 labels.Site: expected a name like "site" (a-z, 0-9, "-", "_", at most 40), got "kiel"',
  ],
  "both ways to send by time": [
    `${MINIMAL}send: { every: 10s, cron: "@hourly" }\n`,
    'agent.yaml:5:21 send.cron: expected either every or cron, got "@hourly"',
  ],
  "hours that are none": [
    `${MINIMAL}send: { between: "22-05" }\n`,
    'agent.yaml:5:9 send.between: expected hours of the day like "22:00-05:00", got "22-05"',
  ],
  "a zone that nothing is meant in": [
    `${MINIMAL}send: { time_zone: UTC }\n`,
    'agent.yaml:5:9 send.time_zone: expected no time zone without cron or between, got "UTC"',
  ],
  "urgent without a bound": [
    sensor("driver: system", "every: 10s", "channels:", "  load1: { urgent: { repeat: 1m } }"),
    "agent.yaml:8:16 sensors[0].channels.load1.urgent: expected above, below or both, like { above: 60 }, got { repeat: 1m }",
  ],
  "urgent bounds that leave nothing": [
    sensor("driver: system", "every: 10s", "channels:", "  load1: { urgent: { above: 1, below: 2 } }"),
    "agent.yaml:8:36 sensors[0].channels.load1.urgent.below: expected a number less than above (1), got 2",
  ],
  "a spool too small": [`${MINIMAL}spool: { max_size: 10kB }\n`, 'agent.yaml:5:10 spool.max_size: expected at least 1MB, got "10kB"'],
  "a bare number for a duration": [
    `${MINIMAL}send: { every: 60 }\n`,
    "agent.yaml:5:9 send.every: expected a duration like 10s, 1m or 1.5h, got 60; did you mean 60s?",
  ],
  "a batch too large": [
    `${MINIMAL}send: { max_readings: 5001 }\n`,
    "agent.yaml:5:9 send.max_readings: expected a number of at most 5000, got 5001",
  ],
  "a clock nobody has": [
    `${MINIMAL}clock: { trust: npt }\n`,
    'agent.yaml:5:10 clock.trust: expected one of auto, system, ntp, collector, got "npt"; did you mean "ntp"?',
  ],
  "a prefix of three levels": [
    `${MINIMAL}prefix: a/b/c\n`,
    'agent.yaml:5:1 prefix: expected one or two names like "tributary/v1", got "a/b/c"',
  ],
  "a control socket too long for the kernel": [
    `${MINIMAL}control: /${"x".repeat(107)}\n`,
    `agent.yaml:5:1 control: the control socket /${"x".repeat(107)} is longer than the 107 bytes a socket's path may have; set control to a shorter path`,
  ],
  "an unknown driver": [sensor("driver: sytem", "every: 10s"), 'agent.yaml:5:5 sensors[0].driver: unknown driver; did you mean "system"?'],
  "a driver from nowhere": [
    sensor("driver: bme280", "every: 10s"),
    `agent.yaml:5:5 sensors[0].driver: unknown driver; there is ${DRIVER_NAMES}`,
  ],
  "a driver called like an object's insides": [
    sensor("driver: constructor", "every: 10s"),
    `agent.yaml:5:5 sensors[0].driver: unknown driver; there is ${DRIVER_NAMES}`,
  ],
  "no driver": [`${HEAD}sensors:\n  - name: box\n`, `agent.yaml:4:5 sensors[0].driver: expected one of ${DRIVER_NAMES}, got nothing`],
  "a sensor that is a word": [`${HEAD}sensors: [ box ]\n`, 'agent.yaml:3:12 sensors[0]: expected a map ("key: value" lines), got "box"'],
  "a misspelt key of every sensor": [
    sensor("driver: system", "every: 10s", "stmap: exact"),
    'agent.yaml:7:5 sensors[0].stmap: unknown key; did you mean "stamp"?',
  ],
  "a misspelt key of the driver": [
    sensor("driver: thermal", "every: 10s", "zon: 1"),
    'agent.yaml:7:5 sensors[0].zon: unknown key; did you mean "zone"?',
  ],
  "a key of another driver": [
    sensor("driver: system", "every: 10s", "zone: 1"),
    "agent.yaml:7:5 sensors[0].zone: unknown key; expected one of name, driver, every, offset, stamp, channels, disk, power_flags",
  ],
  "a wrong value of the driver's own key": [
    sensor("driver: system", "every: 10s", "disk: [ / ]"),
    "agent.yaml:7:5 sensors[0].disk: expected a text, got [ / ]",
  ],
  "a conversion to another quantity": [
    sensor("driver: thermal", "every: 10s", "channels: { temperature: { filters: [ { convert: { to: hPa } } ] } }"),
    'agent.yaml:7:56 sensors[0].channels.temperature.filters[0].convert.to: expected a unit that Cel can be converted to, temperature: Cel, [degF], K, got "hPa"; hPa is pressure',
  ],
  "a conversion of what has no unit": [
    load1("convert: { to: hPa }"),
    'agent.yaml:10:24 sensors[0].channels.load1.filters[0].convert.to: expected a unit that 1 can be converted to, ratio: %, 1, [ppm], [ppb], got "hPa"; hPa is pressure',
  ],
  "names of states behind another filter": [
    load1("range: { max: 3 }", "map: { states: { a: 1 } }"),
    "agent.yaml:11:13 sensors[0].channels.load1.filters[1].map: map must stand first: no other filter takes names of states",
  ],
  "a polled sensor without its pace": [
    sensor("driver: system"),
    'agent.yaml:4:5 sensors[0].every: expected a duration like 10s, or a cron line like "*/15 * * * *": how often system is read, got nothing',
  ],
  "a driver's own map half filled": [
    sensor("driver: simulated", "profile: greenhouse", 'replay: { from: "2026-11-01T00:00:00Z", for: 7, step: 10s }'),
    "agent.yaml:7:45 sensors[0].replay.for: expected a duration like 10s, 1m or 1.5h, got 7; did you mean 7s?",
  ],
  "a pace without end": [sensor("driver: system", "every: 0.5ms"), 'agent.yaml:6:5 sensors[0].every: expected at least 1ms, got "0.5ms"'],
  "an unknown channel": [
    sensor("driver: system", "every: 10s", "channels: { load: {} }"),
    `agent.yaml:7:17 sensors[0].channels.load: unknown channel; did you mean "load1"?; the driver offers ${CHANNEL_NAMES}`,
  ],
  "no channel at all": [
    sensor("driver: system", "every: 10s", "channels: {}"),
    `agent.yaml:7:5 sensors[0].channels: expected at least one of ${CHANNEL_NAMES}, got {}`,
  ],
  "an unknown key of a channel": [
    sensor("driver: system", "every: 10s", "channels: { load1: { filter: [] } }"),
    'agent.yaml:7:26 sensors[0].channels.load1.filter: unknown key; did you mean "filters"?',
  ],
  "a unit with spaces": [
    sensor("driver: system", "every: 10s", "channels: { load1: { unit: per cent } }"),
    'agent.yaml:7:26 sensors[0].channels.load1.unit: expected a unit like Cel, %, hPa or lx (UCUM, at most 32 characters without spaces), got "per cent"',
  ],
  "an unknown filter": [
    load1("deadbnd: { width: 1 }"),
    'agent.yaml:10:13 sensors[0].channels.load1.filters[0].deadbnd: unknown filter; did you mean "deadband"?',
  ],
  "a filter that is a word": [
    load1("deadband"),
    'agent.yaml:10:13 sensors[0].channels.load1.filters[0]: expected one filter like "deadband: { width: 0.05 }", got "deadband"',
  ],
  "two filters in one entry": [
    load1("{ range: { min: 1 }, deadband: { width: 1 } }"),
    'agent.yaml:10:13 sensors[0].channels.load1.filters[0]: expected one filter like "deadband: { width: 0.05 }", got { range: { min: 1 }, deadband: { width: 1 } }',
  ],
  "a wrong option of a filter": [
    load1('deadband: { width: "1" }'),
    'agent.yaml:10:25 sensors[0].channels.load1.filters[0].deadband.width: expected a number, got "1"',
  ],
  "an unknown option of a filter": [
    load1("aggregate: { evry: 1m, every: 1m }"),
    'agent.yaml:10:26 sensors[0].channels.load1.filters[0].aggregate.evry: unknown key; did you mean "every"?',
  ],
  "a filter behind the summaries": [
    load1("aggregate: { every: 1m }", "deadband: { width: 1 }"),
    "agent.yaml:10:13 sensors[0].channels.load1.filters[0].aggregate: aggregate must stand last: no filter takes summaries",
  ],
  "a window that does not divide a quarter hour": [
    load1("aggregate: { every: 7m }"),
    'agent.yaml:10:26 sensors[0].channels.load1.filters[0].aggregate.every: expected a span that divides 15m, such as 10s, 1m, 5m or 15m, got "7m"',
  ],
  "a window shorter than the pace": [
    load1("aggregate: { every: 5s }"),
    "agent.yaml:10:13 sensors[0].channels.load1.filters[0].aggregate: its window of 5s is shorter than the sensor's every of 10s",
  ],
  "two sensors of one name": [
    `${MINIMAL}  - { name: box, driver: thermal, every: 1s }\n`,
    'agent.yaml:5:7 sensors[1].name: expected a name of its own, got "box"; agent.yaml:4:7 has this one',
  ],
  "more series than a batch holds": [
    `${HEAD}sensors:\n${Array.from({ length: 103 }, (_, index) => `  - { name: s${index}, driver: system, every: 1s }\n`).join("")}`,
    "agent.yaml:3:1 sensors: together they have 515 channels, and an agent has at most 512",
  ],
};

describe("a damaged agent config", () => {
  const whole = load1("calibrate: { points: [ 0 -> 1, 2 -> 3 ] }", "deadband: { width: 1, heartbeat: 5m }", "aggregate: { every: 1m }");
  const damage = fc.record({
    at: fc.nat(whole.length),
    cut: fc.nat(12),
    put: fc.string({ unit: fc.constantFrom(..."{}[]:-&*!|>'\"%@`#\n\t ${a1."), maxLength: 6 }),
  });

  test("is read or refused with a fault, whatever the damage", async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        const text = damages.reduce((left, { at, cut, put }) => left.slice(0, at) + put + left.slice(at + cut), whole);
        const error = await parse(text).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (error !== undefined && !isFault(error)) throw error;
        if (error !== undefined) refused += 1;
      }),
      { numRuns: effort("damaged-configs", { quick: 200, test: 1_000, prove: 20_000 }) },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

describe("a wrong agent config", () => {
  test.each(Object.entries(MISTAKES))("with %s is answered in one line", async (_name, [text, line]) => {
    expect(await problemsOf(text)).toEqual([line]);
  });

  test("tells of every sensor at once", async () => {
    const text = `${HEAD}sensors:\n  - { name: A, driver: system, every: 1 }\n  - { name: b, driver: thermal, evry: 1s, zone: [] }\n`;
    expect((await problemsOf(text)).map((line) => line.split(": ")[0])).toEqual([
      "agent.yaml:4:7 sensors[0].name",
      "agent.yaml:4:32 sensors[0].every",
      "agent.yaml:5:33 sensors[1].evry",
      "agent.yaml:5:43 sensors[1].zone",
    ]);
  });
});
