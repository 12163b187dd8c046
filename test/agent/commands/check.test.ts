import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { checkAgent } from "../../../agent/commands/check.ts";
import { NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

const CONFIG = `
agent: greenhouse-1
collector: mqtt://127.0.0.1
spool: { path: spool.db }
control: agent.sock
sensors:
  - name: box
    driver: system
    every: 10s
    channels:
      load1: { filters: [ { deadband: { width: 0.1, heartbeat: 5m } } ] }
      cpu_busy: { filters: [ { range: { min: 0, max: 100 } }, { aggregate: { every: 1m } } ] }
      uptime:
`;

async function check(folder: TempDir, text: string, json: boolean) {
  const file = folder.join("agent.yaml");
  await writeFile(file, text);
  let printed = "";
  const code = await checkAgent({ config: file, json }, {}, NEW_YEAR_2026, (part) => {
    printed += part;
  });
  return { code, printed };
}

describe("check", () => {
  test("says agent, collector, spool, and each series with its filters and its pace", async () => {
    await using folder = await tempDir();
    const { code, printed } = await check(folder, CONFIG, false);
    expect(code).toBe(0);
    expect(printed.replaceAll(folder.path, "DIR")).toBe(
      [
        "agent      greenhouse-1",
        "collector  mqtt://127.0.0.1:1883",
        "spool      DIR/spool.db: at most 1GB, 500MB stay free, commits every 1s",
        "sends      every 1m, or 2000 readings",
        "control    DIR/agent.sock",
        "",
        "box  (system, every 10s)",
        "  greenhouse-1/box/load1                   1      at most 6 a minute   deadband",
        "  greenhouse-1/box/cpu_busy                %      1 a minute           range, aggregate",
        "  greenhouse-1/box/uptime                  s      6 a minute",
        "",
        "at most 13 readings a minute, about 18.7kB a day at 1 byte a reading",
        "",
      ].join("\n"),
    );
  });

  test("says the same in JSON", async () => {
    await using folder = await tempDir();
    const { code, printed } = await check(folder, CONFIG, true);
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({
      ok: true,
      agent: "greenhouse-1",
      collector: "mqtt://127.0.0.1:1883",
      sensors: [
        {
          name: "box",
          driver: "system",
          every: "10s",
          channels: [
            { series: "greenhouse-1/box/load1", unit: "1", sampling: "on_change", readings_per_minute: 6, filters: ["deadband"] },
            { series: "greenhouse-1/box/cpu_busy", sampling: "periodic", readings_per_minute: 1 },
            { series: "greenhouse-1/box/uptime", kind: "counter" },
          ],
        },
      ],
      readings_per_minute: 13,
      bytes_per_day: 18_720,
      warnings: [],
    });
  });

  test("warns of an open network, of batches that leave sooner than asked, and of a spool that is full in days", async () => {
    await using folder = await tempDir();
    const text = CONFIG.replace("127.0.0.1", "10.0.0.7")
      .replace("every: 10s", "every: 1ms")
      .replace("path: spool.db", "path: spool.db, max_size: 1MB");
    const { printed } = await check(folder, text, false);
    expect(printed.split("\n").filter((line) => line.startsWith("warning"))).toEqual([
      "warning: mqtt://10.0.0.7:1883 is not this machine: readings travel without encryption or password",
      "warning: send.max_readings of 2000 is reached before send.every: a batch leaves about every 1s",
      "warning: without a collector the spool is full in about 0.0 days; then its oldest readings go",
    ]);
  });

  test("hands a wrong config on as the fault it is, and writes it down where JSON is asked for", async () => {
    await using folder = await tempDir();
    await expect(check(folder, "agent: a\n", false)).rejects.toMatchObject({ code: "bad_config" });
    const { code, printed } = await check(folder, "agent: a\n", true);
    expect(code).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({
      ok: false,
      code: "bad_config",
      message: expect.stringContaining(":1:1 collector: expected an address"),
    });
  });

  test("says schedules in words with their next times, hours, labels and what is urgent", async () => {
    await using folder = await tempDir();
    const schedules = CONFIG.replace("every: 10s", 'every: "0 6,18 * * 1-5"\n    offset: 2s')
      .replace("load1: {", "load1: { urgent: { above: 4 },")
      .replace(
        "sensors:",
        'time_zone: Europe/Berlin\nlabels: { site: kiel, customer: 12 }\nsend: { cron: "*/15 * * * *", between: "22:00-05:00" }\nsensors:',
      )
      .replace("aggregate: { every: 1m }", "deadband: { width: 1 }");
    const { code, printed } = await check(folder, schedules, false);
    expect(code).toBe(0);
    expect(printed).toContain("labels     site=kiel, customer=12\n");
    expect(printed).toContain(
      "sends      every 15 minutes in Europe/Berlin, or 2000 readings\n           next 2026-01-01 01:15 +01:00, 2026-01-01 01:30 +01:00,",
    );
    expect(printed).toContain("           only 22:00-05:00 in Europe/Berlin, where it is 01:00 now: open; urgent readings at any time\n");
    expect(printed).toContain(
      "box  (system, at 06:00 and 18:00, Monday through Friday in Europe/Berlin, 2s behind)\n  next 2026-01-01 06:00 +01:00, 2026-01-01 18:00 +01:00, 2026-01-02 06:00 +01:00,",
    );
    expect(printed).toContain("deadband, urgent above 4, at most every 1m");
    const { sensors, labels } = JSON.parse((await check(folder, schedules, true)).printed);
    expect([labels, sensors[0].schedule.next.length]).toEqual([{ site: "kiel", customer: "12" }, 5]);
  });

  test("warns of a unit that nobody knows, and lets a driver's unit be written as it is or as another word for it", async () => {
    await using folder = await tempDir();
    const unknown = await check(folder, CONFIG.replace("uptime:", "uptime: { unit: parsec }"), false);
    expect(unknown.code).toBe(0);
    expect(unknown.printed).toContain("warning: box/uptime: parsec is no unit that is known here");
    expect((await check(folder, CONFIG.replace("uptime:", "uptime: { unit: s }"), false)).printed).not.toContain("warning");
  });

  test("says of a replay that it comes as fast as its source gives it, and nothing of 0 readings", async () => {
    await using folder = await tempDir();
    const past = "\n  - { name: past, driver: simulated, profile: boiler, replay: { from: now-1h, for: 10m, step: 1s } }\n";
    const head = CONFIG.slice(0, CONFIG.indexOf("\n  - name"));
    const alone = (await check(folder, head + past, false)).printed;
    expect(alone).toContain("past: as fast as the source gives them");
    expect(alone).not.toContain("at most 0");
    const both = (await check(folder, CONFIG.trimEnd() + past, false)).printed;
    expect(both).toContain("at most 13 readings a minute, about 18.7kB a day at 1 byte a reading; beside them past: as fast");
  });
});
