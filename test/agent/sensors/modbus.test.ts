/**
 * The modbus driver against the library's own server over TCP: what it reads, and how it asks.
 */
import { describe, expect, test } from "vitest";
import { createShared } from "../../../agent/sampling/shared-by-key.ts";
import type { Sample } from "../../../agent/sensors/contract.ts";
import { modbus } from "../../../agent/sensors/modbus.ts";
import { driverContext } from "../../support/driver-context.ts";
import { eventually } from "../../support/eventually.ts";
import { create, from, open, SIGNAL, tcpDevice, wordsOf } from "../../support/modbus-device.ts";

describe("numbers", () => {
  const KINDS: readonly [type: string, value: number, words: readonly number[]][] = [
    ["uint16", 65_535, [0xffff]],
    ["int16", -40, [0x10000 - 40]],
    ["uint32", 4_000_000_000, wordsOf((bytes) => bytes.writeUInt32BE(4_000_000_000), 2)],
    ["int32", -123_456, wordsOf((bytes) => bytes.writeInt32BE(-123_456), 2)],
    ["uint64", 2 ** 53 - 1, wordsOf((bytes) => bytes.writeBigUInt64BE(2n ** 53n - 1n), 4)],
    ["int64", -(2 ** 40), wordsOf((bytes) => bytes.writeBigInt64BE(-(2n ** 40n)), 4)],
    ["float32", 236.4939, wordsOf((bytes) => bytes.writeFloatBE(236.4939), 2)],
    ["float64", Math.PI, wordsOf((bytes) => bytes.writeDoubleBE(Math.PI), 4)],
  ];

  test.each(KINDS)("%s in either word order, from input and from holding registers", async (type, value, words) => {
    await using device = await tcpDevice({ input: from(10, words), holding: from(20, words.toReversed()) });
    for (const [place, word_order] of [
      [{ input: 10 }, "big"],
      [{ holding: 20 }, "little"],
    ] as const) {
      const driver = await open({ tcp: device.tcp, word_order, registers: { t: { ...place, type } } });
      expect((await driver.read(SIGNAL)).values).toEqual({ t: value });
      await driver.close();
    }
  });

  test("scale, offset, bits and what stands for no value", async () => {
    await using device = await tcpDevice({ holding: { 0: 2_153, 1: 0b1010_0110, 2: 0x8000, 3: 400 } });
    const registers = {
      t: { holding: 0, scale: 0.1, unit: "Cel" },
      alarm: { holding: 1, mask: 4, kind: "state" },
      mode: { holding: 1, mask: 0xf0 },
      gone: { holding: 2, type: "int16", missing: [-32_768] },
      outside: { holding: 3, scale: 0.1, offset: -40 },
    };
    const driver = await open({ tcp: device.tcp, registers });
    expect((await driver.read(SIGNAL)).values).toEqual({ t: 215.3, alarm: 1, mode: 10, outside: 0 });
    expect(modbus.channels(modbus.config.parse({ tcp: "a", registers })).slice(0, 2)).toEqual([
      { name: "t", unit: "Cel", kind: "gauge" },
      { name: "alarm", unit: "1", kind: "state" },
    ]);
    await driver.close();
  });

  test("registers that touch are asked for together, others are not", async () => {
    const asked: string[] = [];
    await using device = await tcpDevice({ input: from(0, Array(20).fill(1)), holding: from(0, Array(4).fill(2)), asked });
    const registers = {
      c: { input: 4 },
      a: { input: 0, type: "float32" },
      b: { input: 2, type: "uint32" },
      far: { input: 9 },
      h: { holding: 0 },
      long: { input: 10, type: "uint64" },
      more: { input: 14, type: "uint32" },
    };
    const context = driverContext();
    const driver = await open({ tcp: device.tcp, unit_id: 7, registers, most_registers: 5, delay: "1ms", timeout: "1m" }, context);
    let sample: Sample | undefined;
    const reading = driver.read(SIGNAL).then((read) => {
      sample = read;
    });
    while (sample === undefined) await context.time.advance(1_000); // the line rests between two questions
    await reading;
    expect(Object.keys(sample.values)).toHaveLength(7);
    expect(asked).toEqual(["holding 0 x 1 of 7", "input 0 x 5 of 7", "input 9 x 5 of 7", "input 14 x 2 of 7"]);
    await driver.close();
  });
});

describe("one line", () => {
  test("is one connection for all its sensors, which ends with the last of them", async () => {
    await using device = await tcpDevice({ input: { 0: 1 } });
    const shared = createShared();
    const config = { tcp: device.tcp, registers: { t: { input: 0 } } };
    const [a, b] = [create(config, driverContext("/", shared)), create({ ...config, unit_id: 2 }, driverContext("/", shared))];
    expect([a.bus, b.bus]).toEqual([`modbus:${device.tcp}`, `modbus:${device.tcp}`]);
    await a.open();
    await b.open();
    await a.read(SIGNAL);
    expect(device.connections()).toBe(1);
    await a.close();
    expect(device.connections()).toBe(1);
    await b.close();
    await b.close();
    await eventually(device.connections, (count) => count === 0);
  });

  test("is left alone for `delay` between two questions", async () => {
    const asked: string[] = [];
    await using device = await tcpDevice({ input: { 0: 1, 5: 2 }, asked });
    const context = driverContext();
    const driver = await open({ tcp: device.tcp, registers: { a: { input: 0 }, b: { input: 5 } }, delay: "100ms" }, context);
    const reading = driver.read(SIGNAL);
    await eventually(
      () => [...asked, ...context.time.pending()],
      (all) => all.length === 2,
    );
    expect([asked, context.time.pending()]).toEqual([["input 0 x 1 of 1"], ["pause"]]);
    await context.time.advance(100_000);
    expect((await reading).values).toEqual({ a: 1, b: 2 });
    await driver.close();
  });
});

test.each([
  ["no line", {}],
  ["two lines", { tcp: "a:1", rtu: "/dev/ttyUSB0" }],
  ["no register", { tcp: "a", registers: {} }],
  ["an address of the manual's", { tcp: "a", registers: { t: { input: 400_001 } } }],
  ["both kinds for one", { tcp: "a", registers: { t: { input: 1, holding: 1 } } }],
  ["a mask of a float", { tcp: "a", registers: { t: { input: 1, type: "float32", mask: 1 } } }],
  ["a port that is none", { tcp: "a:99999" }],
])("a config with %s is refused", (_, config) => {
  expect(modbus.config.safeParse({ registers: { t: { input: 0 } }, ...config }).success).toBe(false);
});
