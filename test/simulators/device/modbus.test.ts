/**
 * The made-up boiler, asked by a Modbus client that is not ours.
 */
import { once } from "node:events";
import { connect } from "node:net";
import modbusSerial from "modbus-serial";
import { describe, expect, test } from "vitest";
import { epochMicros, MICROS_PER_HOUR } from "../../../protocol/index.ts";
import { boiler } from "../../../simulators/device/modbus/boiler.ts";
import { MODBUS_FAULTS } from "../../../simulators/device/modbus/modbus-faults.ts";
import { serveModbus } from "../../../simulators/device/modbus/server.ts";
import { faultArgument } from "../../../simulators/faults/index.ts";
import { profileOf, simulatedSensor } from "../../../simulators/waveforms/index.ts";
import { simulate } from "../../support/simulate.ts";

const FIRST = epochMicros(1_793_534_400_000_000); // 2026-11-01T12:00:00Z

/** A boiler whose time the test sets, and a client that asks it. */
async function bench(...faults: readonly string[]) {
  const answer = boiler({ seed: 3, unit: 1, faults: faults.map((text) => faultArgument(text, MODBUS_FAULTS)), first: FIRST });
  const time = { at: FIRST };
  const server = await serveModbus("127.0.0.1", 0, (question) => answer(question, time.at));
  const port = Number(server.address.split(":")[1]);
  const client = new modbusSerial.default();
  await client.connectTCP("127.0.0.1", { port });
  client.setID(1);
  client.setTimeout(300);
  const truth = () => simulatedSensor(profileOf("boiler"), 3).valuesAt(time.at);
  return {
    ...{ client, time, port, truth },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => client.close(() => resolve(undefined)));
      await server.close();
    },
  };
}

describe("the boiler on Modbus TCP", () => {
  test("has its numbers in every form, the same in holding and input registers, and they change", async () => {
    await using it = await bench();
    for (const hours of [0, 5, 11]) {
      it.time.at = epochMicros(FIRST + hours * MICROS_PER_HOUR);
      const { flow = 0, return: back = 0, pressure = 0, burner = 0, gas = 0 } = it.truth();
      const { buffer } = await it.client.readInputRegisters(0, 44);
      expect((await it.client.readHoldingRegisters(0, 44)).buffer).toEqual(buffer);
      const at = (address: number, words: number) => buffer.subarray(address * 2, (address + words) * 2);
      const swapped = (address: number) => Buffer.concat([at(address + 1, 1), at(address, 1)]);
      expect([at(0, 1).readInt16BE(), at(1, 1).readInt16BE(), at(2, 1).readUInt16BE(), at(3, 1).readUInt16BE()]).toEqual([
        Math.round(flow * 10),
        Math.round(back * 10),
        Math.round(pressure * 100),
        burner,
      ]);
      expect([at(10, 2).readInt32BE(), at(12, 2).readUInt32BE()]).toEqual([Math.round(flow * 1_000), Math.round(gas * 1_000)]);
      expect([at(14, 4).readBigInt64BE(), at(18, 4).readBigUInt64BE()]).toEqual([
        BigInt(Math.round(gas * 1_000)),
        BigInt(Math.round(gas * 1_000)),
      ]);
      expect([at(30, 2).readFloatBE(), at(32, 4).readDoubleBE()]).toEqual([Math.fround(flow), flow]);
      expect([swapped(40).readUInt32BE(), swapped(42).readFloatBE()]).toEqual([Math.round(gas * 1_000), Math.fround(flow)]);
    }
  });

  test("answers what it does not have with the exception for it, and other units not at all", async () => {
    await using it = await bench();
    await expect(it.client.readInputRegisters(200, 2)).rejects.toMatchObject({ modbusCode: 2 });
    await expect(it.client.readCoils(0, 1)).rejects.toMatchObject({ modbusCode: 1 });
    it.client.setID(7);
    await expect(it.client.readInputRegisters(0, 1)).rejects.toMatchObject({ name: "TransactionTimedOutError" });
  });

  test("a frame may come in pieces, and several at once; one that is no Modbus ends its connection alone", async () => {
    await using it = await bench();
    const socket = connect(it.port, "127.0.0.1");
    let heard = "";
    socket.on("data", (chunk) => {
      heard += chunk.toString("hex");
    });
    const ask = (transaction: number) => Buffer.from(`00${transaction.toString(16).padStart(2, "0")}00000006010400030001`, "hex");
    for (const byte of ask(1)) socket.write(Buffer.from([byte]));
    socket.write(Buffer.concat([ask(2), ask(3)]));
    while (heard.length < 3 * 22) await once(socket, "data");
    const burner = `000${it.truth().burner}`;
    expect(heard).toBe([1, 2, 3].map((transaction) => `000${transaction}00000005010402${burner}`).join(""));
    const closed = once(socket, "close");
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await closed;
    expect((await it.client.readInputRegisters(3, 1)).data).toEqual([it.truth().burner]);
  });

  test.each([
    ["exception=1", { modbusCode: 4 }],
    ["exception=1,code=6", { modbusCode: 6 }],
    ["timeout=1", { name: "TransactionTimedOutError" }],
  ])("the fault %s is seen as what it is", async (fault, error) => {
    await using it = await bench(fault);
    await expect(it.client.readInputRegisters(0, 1)).rejects.toMatchObject(error);
  });

  test.each([
    ["wrong_unit=1", (answer: string) => answer.slice(12, 14) === "02"],
    ["cut=1", (answer: string) => answer.length === 12],
  ])("the fault %s is on the wire", async (fault, isIt) => {
    await using it = await bench(fault);
    const socket = connect(it.port, "127.0.0.1");
    socket.write(Buffer.from("000100000006010400030001", "hex"));
    const [chunk] = await once(socket, "data");
    socket.destroy();
    expect(isIt(chunk.toString("hex")), chunk.toString("hex")).toBe(true);
  });

  test("a value may lie as any sensor's does, and a fault happens as often as was asked", async () => {
    const answer = boiler({
      seed: 3,
      unit: 1,
      faults: [faultArgument("exception=0.25", MODBUS_FAULTS), faultArgument("spike=0.5,channels=flow", MODBUS_FAULTS)],
      first: FIRST,
    });
    let [exceptions, spikes] = [0, 0];
    for (let second = 0; second < 1_000; second++) {
      const at = epochMicros(FIRST + second * 1_000_000);
      const given = answer({ unit: 1, code: 4, first: 32, count: 4 }, at);
      if (given === "silence") continue;
      if ("exception" in given) exceptions++;
      else if (given.registers.readDoubleBE() !== simulatedSensor(profileOf("boiler"), 3).valuesAt(at).flow) spikes++;
    }
    expect(Math.abs(exceptions - 250)).toBeLessThan(60);
    expect(Math.abs(spikes - 375)).toBeLessThan(70);
  });
});

test("the command says where it listens and what to paste, and ends at Ctrl-C with its port free", async () => {
  const { output, stop, code, clock } = simulate("device", "modbus");
  while (clock.pending().length === 0) await clock.advance(0);
  const [, address = ""] = /Modbus TCP on (127\.0\.0\.1:\d+), unit 1/.exec(output.stdout) ?? [];
  expect(output.stdout).toContain(`tcp: ${address}`);
  expect(output.stdout).toContain("gas_uint32_swapped");
  stop.abort();
  expect(await code).toBe(0);
  const again = simulate("device", "modbus", "--listen", address, "--for", "1s");
  while (again.clock.pending().length === 0) await again.clock.advance(0);
  const taken = simulate("device", "modbus", "--listen", address);
  expect([await taken.code, taken.output.stderr]).toEqual([
    1,
    expect.stringContaining("got EADDRINUSE\n  -> somebody listens there already"),
  ]);
  await again.clock.advance(1_000_000);
  expect(await again.code).toBe(0);
});

test.each([
  [["--listen", "1502"], "expected a host and port like 127.0.0.1:1502"],
  [["--unit", "0"], "expected a unit id, 1 to 247"],
  [["--fault", "timeot=0.1"], 'did you mean "timeout"?'],
  [["--fault", "exception=0.1,code=99"], "expected an exception code, 1 to 11"],
])("%j is refused, with what was expected", async (args, message) => {
  const { code, output } = simulate("device", "modbus", ...args);
  expect(await code).toBe(2);
  expect(output.stderr).toContain(message);
});
