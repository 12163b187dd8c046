import { expect, test } from "vitest";
import { collectorSchema } from "../../../collector/config/schema.ts";
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, parseConfig } from "../../../protocol/index.ts";

function parse(reports: string) {
  const surroundings = { file: "/etc/tributary/collector.yaml", data: undefined, runtimeFolder: undefined };
  return parseConfig(`time_zone: Europe/Berlin\nreports:\n${reports}`, "collector.yaml", collectorSchema(surroundings), {});
}

test("a report needs a name, a cron line, what it is and where it goes; the rest is usual", async () => {
  const { reports } = await parse('  - { name: stats, cron: "5 * * * *", report: hourly, to: { post: "https://a.example/load" } }\n');
  expect(reports).toEqual([
    {
      name: "stats",
      cron: "5 * * * *",
      timeZone: "Europe/Berlin",
      report: "hourly",
      span: "hour",
      series: undefined,
      format: "csv",
      columns: undefined,
      mean: undefined,
      wait: 10 * MICROS_PER_MINUTE,
      retryFor: 7 * MICROS_PER_DAY,
      to: { kind: "post", url: "https://a.example/load", headers: {}, tokenFile: undefined, caFile: undefined, timeout: 30_000_000 },
    },
  ]);
});

test("paths are meant from the folder of the file, and every destination has its own keys", async () => {
  const { reports } = await parse(
    [
      '  - { name: a, cron: "@daily", time_zone: UTC, report: daily, wait: 0s, format: json, to: { folder: out } }',
      '  - { name: b, cron: "0 0 * * *", report: hourly, span: day, series: "roof, shed/*", to: { folder: /srv, file: "{from}/{name}.csv" } }',
      '  - { name: c, cron: "*/5 * * * *", report: last, span: 1.5h, to: { mqtt: a/b, broker: "mqtt://b:1883", user: u, password_file: pw } }',
      "",
    ].join("\n"),
  );
  expect(reports).toMatchObject([
    { timeZone: "UTC", span: "day", wait: 0, to: { kind: "folder", folder: "/etc/tributary/out", file: "{name}-{from}.json" } },
    { span: "day", series: "roof, shed/*", to: { folder: "/srv", file: "{from}/{name}.csv" } },
    { span: 1.5 * MICROS_PER_HOUR, to: { kind: "mqtt", topic: "a/b", user: "u", passwordFile: "/etc/tributary/pw" } },
  ]);
});

const TO = "to: { folder: /srv }";

test.each([
  ["six fields", `name: a, cron: "0 5 * * * *", report: hourly, ${TO}`, "reports[0].cron: expected five cron fields"],
  ["a minute that is none", `name: a, cron: "61 * * * *", report: hourly, ${TO}`, "the minute is wrong"],
  ["a day that never comes", `name: a, cron: "0 0 30 2 *", report: hourly, ${TO}`, "that day is in none of these months"],
  ["an unknown report", `name: a, cron: "@daily", report: hourli, ${TO}`, "hourly"],
  ["an unknown format", `name: a, cron: "@daily", report: hourly, format: xml, ${TO}`, "reports[0].format"],
  ["an unknown zone", `name: a, cron: "@daily", time_zone: Berlin, report: hourly, ${TO}`, "Europe/Berlin"],
  [
    "a span that is none",
    `name: a, cron: "@daily", report: hourly, span: year, ${TO}`,
    "reports[0].span: expected one of hour, day, week, month",
  ],
  [
    "a window without its unit",
    `name: a, cron: "@daily", report: last, span: "60", ${TO}`,
    "reports[0].span: expected a duration like 60m",
  ],
  ["no destination", `name: a, cron: "@daily", report: hourly`, "reports[0].to"],
  ["two destinations", `name: a, cron: "@daily", report: hourly, to: { folder: /srv, post: "http://a/" }`, "unknown key"],
  ["a password in the address", `name: a, cron: "@daily", report: hourly, to: { post: "http://me:pw@a/" }`, "expected an address"],
  ["a file outside its folder", `name: a, cron: "@daily", report: hourly, to: { folder: /srv, file: "../{name}" }`, "expected a file name"],
  [
    "a template that is unknown",
    `name: a, cron: "@daily", report: hourly, to: { folder: /srv, file: "{hour}.csv" }`,
    "expected a file name",
  ],
  ["a topic with a wildcard", `name: a, cron: "@daily", report: hourly, to: { mqtt: "a/#", broker: "mqtt://b" }`, "expected a topic"],
])("%s is refused", async (_, report, message) => {
  await expect(parse(`  - { ${report} }\n`)).rejects.toMatchObject({ code: "bad_config", message: expect.stringContaining(message) });
});

test("two reports of one name are refused, for the name is part of the key of every delivery", async () => {
  const twice = `  - { name: a, cron: "@daily", report: hourly, ${TO} }\n`.repeat(2);
  await expect(parse(twice)).rejects.toMatchObject({ message: expect.stringContaining("reports[0] has this one") });
});
