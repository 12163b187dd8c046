/**
 * The serial driver over a pseudo-terminal, with what devices say at its other end.
 */
import { describe, expect, test } from "vitest";
import type { StreamDriver } from "../../../agent/sensors/contract.ts";
import { serial } from "../../../agent/sensors/serial.ts";
import { driverContext } from "../../support/driver-context.ts";
import { cable } from "../../support/pty.ts";
import { draw, values } from "../../support/stream.ts";

const SIGNAL = new AbortController().signal;

async function open(config: object): Promise<StreamDriver> {
  const driver = serial.create(await serial.config.parseAsync(config), driverContext()) as StreamDriver;
  await driver.open(undefined);
  return driver;
}

test("the first line, which may have lost its beginning, is not taken; each further one is a reading", async () => {
  await using wire = await cable();
  const driver = await open({ port: wire.port, plain: "t" });
  await wire.say("1.5\r\n21.5\r\n21.6\n\n-3e1\r");
  const drawn = await draw(driver, ({ samples }) => samples.length === 3);
  expect(drawn.samples.map((sample) => sample.values.t)).toEqual([21.5, 21.6, -30]);
  expect(drawn.skipped).toEqual({ first_line: 1 });
  await driver.close();
});

test("a line that comes in pieces is one line", async () => {
  await using wire = await cable();
  const driver = await open({ port: wire.port, plain: "t", first_line: "keep" });
  for (const piece of ["2", "1.", "5\r", "\n2", "2\n"]) await wire.say(piece);
  expect(await values(driver, 2)).toEqual([{ t: 21.5 }, { t: 22 }]);
  await driver.close();
});

describe("formats", () => {
  const lines = (text: string, format: object) => [text, format] as const;
  test.each([
    ["pairs", ...lines("T=21.5C H=40%\nboot\n", { pairs: { t: "T", h: "H" } }), [{ t: 21.5, h: 40 }], {}],
    [
      "CSV",
      ...lines("21,5;;-200\n9\n", { csv: { t: 1, h: 2, x: 3 }, separator: ";", decimal: ",", missing: [-200] }),
      [{ t: 21.5 }],
      { short_row: 1 },
    ],
    ["JSON", ...lines('{"t":21.5}\n{"t":2\n{"h":1}\n', { json: { t: "/t" } }), [{ t: 21.5 }], { bad_json: 1 }],
  ] as const)("%s", async (_, text, format, expected, skipped) => {
    await using wire = await cable();
    const driver = await open({ port: wire.port, first_line: "keep", ...format });
    await wire.say(text);
    const drawn = await draw(
      driver,
      (so) => so.samples.length === expected.length && Object.keys(so.skipped).length >= Object.keys(skipped).length,
    );
    expect(drawn.samples.map((sample) => sample.values)).toEqual(expected);
    expect(drawn.skipped).toMatchObject(skipped);
    await driver.close();
  });

  test("sentences of a GPS: only the ones that are meant, and whose sum is right", async () => {
    await using wire = await cable();
    const csv = { quality: 7, satellites: 8, altitude: 10 };
    const driver = await open({ port: wire.port, baud: 4800, starts_with: "$GPGGA", checksum: "nmea", csv, first_line: "keep" });
    const sentence = (text: string, damage = 0) => {
      const sum = [...text].reduce((all, character) => all ^ character.charCodeAt(0), damage);
      return `$${text}*${sum.toString(16).padStart(2, "0").toUpperCase()}\r\n`;
    };
    await wire.say(sentence("GPRMC,101500,A,5419.123,N,01008.321,E,0.0,0.0,201126,,"));
    await wire.say(sentence("GPGGA,101500,5419.123,N,01008.321,E,1,08,0.9,95.4,M,46.9,M,,", 1));
    await wire.say(sentence("GPGGA,101501,5419.123,N,01008.321,E,1,08,0.9,45.4,M,46.9,M,,"));
    const drawn = await draw(driver, ({ samples }) => samples.length === 1);
    expect(drawn.samples[0]?.values).toEqual({ quality: 1, satellites: 8, altitude: 45.4 });
    expect(drawn.skipped).toEqual({ bad_checksum: 1 });
    await driver.close();
  });
});

describe("trouble", () => {
  test("noise, as of a wrong baud rate, is counted and nothing is taken of it", async () => {
    await using wire = await cable();
    const driver = await open({ port: wire.port, plain: "t" });
    await wire.say(Uint8Array.from([0xff, 0x00, 0x31, 0x0a, 0xfe, 0x32, 0x0a, 0x80, 0x0a, 0x32, 0x31, 0x0a]));
    const drawn = await draw(driver, ({ samples }) => samples.length === 1);
    expect([drawn.samples[0]?.values, drawn.skipped]).toEqual([{ t: 21 }, { first_line: 1, bad_number: 2 }]);
    await driver.close();
  });

  test("a device without line ends fills no memory", async () => {
    await using wire = await cable();
    const driver = await open({ port: wire.port, plain: "t", first_line: "keep" });
    for (let part = 0; part < 10; part++) await wire.say("9".repeat(1_000));
    await wire.say("\n5\n");
    const drawn = await draw(driver, ({ samples }) => samples.length === 1);
    expect([drawn.samples[0]?.values, drawn.skipped]).toEqual([{ t: 5 }, { line_too_long: 1 }]);
    await driver.close();
  });

  test("a port that is not there, or that another reads, says what to do", async () => {
    await using wire = await cable();
    await expect(open({ port: `${wire.port}-none`, plain: "t" })).rejects.toMatchObject({ code: "device_missing", retry: false });
    const driver = await open({ port: wire.port, plain: "t" });
    await expect(open({ port: wire.port, plain: "t" })).rejects.toMatchObject({
      code: "device_taken",
      hint: expect.stringContaining("fuser"),
    });
    await driver.close();
    await (await open({ port: wire.port, plain: "t" })).close();
  });

  test("a device that is pulled out is a fault, and is read again when it is back", async () => {
    await using wire = await cable();
    const driver = await open({ port: wire.port, plain: "t", first_line: "keep" });
    await wire.say("1\n");
    expect(await values(driver, 1)).toEqual([{ t: 1 }]);
    await wire.unplug();
    await expect(driver.next(SIGNAL)).rejects.toMatchObject({ code: "device_missing", retry: false });
    await driver.close();
    await wire.plug();
    await driver.open(undefined);
    await wire.say("2\n");
    expect(await values(driver, 1)).toEqual([{ t: 2 }]);
    await driver.close();
    await driver.close();
  });
});

test.each([
  ["a relative port", { port: "ttyUSB0", plain: "t" }],
  ["no format", { port: "/dev/ttyUSB0" }],
  ["a rate no port has", { port: "/dev/ttyUSB0", plain: "t", baud: 0 }],
  ["an instant by pointer in CSV", { port: "/dev/ttyUSB0", csv: { t: 1 }, at: "/time" }],
])("a config with %s is refused", async (_, config) => {
  expect((await serial.config.safeParseAsync(config)).success).toBe(false);
});
