/**
 * The modbus driver and what goes wrong over TCP.
 */
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { driverContext } from "../../../support/driver-context.ts";
import { eventually } from "../../../support/eventually.ts";
import { answers, create, type Done, open, SIGNAL, tcpDevice } from "../../../support/modbus-device.ts";

test("a register that the device does not have is told with what to compare", async () => {
  await using device = await tcpDevice({ input: { 0: 1 } });
  const driver = await open({ tcp: device.tcp, registers: { t: { input: 0 }, u: { input: 1 } } });
  const fault = {
    code: "register_refused",
    retry: false,
    message: expect.stringContaining("input 0..1: expected an answer, got exception 2"),
  };
  await expect(driver.read(SIGNAL)).rejects.toMatchObject({ ...fault, hint: expect.stringContaining("30001") });
  await driver.close();
});

test.each([4, 6, 11])("exception %d passes by itself, and is asked again", async (modbusErrorCode) => {
  const getInputRegister = (_address: number, _unit: number, done: Done<unknown>) =>
    done(Object.assign(new Error("busy"), { modbusErrorCode }), undefined);
  await using device = await tcpDevice({ ...answers({}), getInputRegister });
  const driver = await open({ tcp: device.tcp, registers: { t: { input: 0 } } });
  await expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_busy", retry: true });
  await driver.close();
});

test("an answer that does not come is a fault in time, and the next question goes over a new connection", async () => {
  const sockets: net.Socket[] = [];
  const mute = net.createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
  await once(mute, "listening");
  const context = driverContext();
  const driver = await open({ tcp: `127.0.0.1:${(mute.address() as AddressInfo).port}`, registers: { t: { input: 0 } } }, context);
  for (let turn = 1; turn <= 2; turn++) {
    const read = expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_timeout", retry: true });
    await eventually(
      () => context.time.pending().length + sockets.length,
      (count) => count === 1 + turn,
    );
    await context.time.advance(1_000_000);
    await read;
  }
  expect(sockets).toHaveLength(2);
  await driver.close();
  for (const socket of sockets) socket.destroy();
  mute.close();
});

test("a device that is not there, and one that closes the connection, say what to do", async () => {
  const context = driverContext();
  await expect(open({ tcp: "127.0.0.1:1", registers: { t: { input: 0 } } }, context)).rejects.toMatchObject({
    code: "device_unreachable",
    hint: expect.any(String),
  });
  const rude = net.createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(rude, "listening");
  const driver = create({ tcp: `127.0.0.1:${(rude.address() as AddressInfo).port}`, registers: { t: { input: 0 } } }, context);
  const reading = driver.open().then(() => driver.read(SIGNAL));
  const read = expect(reading).rejects.toMatchObject({ code: expect.stringMatching(/device_unreachable|device_timeout/) });
  await eventually(
    () => context.time.pending(),
    (names) => names.length > 0,
  );
  await context.time.advance(5_000_000);
  await read;
  await driver.close();
  rude.close();
});

test("garbage for an answer is a fault, never a value", async () => {
  const liar = net
    .createServer((socket) =>
      socket.on("data", (frame) => {
        socket.write(Buffer.concat([(frame as Buffer).subarray(0, 4), Buffer.from([0, 5, 1, 4, 9, 0, 1])]));
      }),
    )
    .listen(0, "127.0.0.1");
  await once(liar, "listening");
  const driver = await open({ tcp: `127.0.0.1:${(liar.address() as AddressInfo).port}`, registers: { t: { input: 0 } } });
  await expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "bad_answer", retry: true });
  await driver.close();
  liar.close();
});
