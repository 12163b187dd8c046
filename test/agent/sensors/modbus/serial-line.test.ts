/**
 * The modbus driver on a serial line: a pseudo-terminal with the library's own server, or with bytes, at its other end.
 */
import { expect, test } from "vitest";
import { driverContext } from "../../../support/driver-context.ts";
import { eventually } from "../../../support/eventually.ts";
import { answer, frame, from, open, rtuDevice, SIGNAL, wordsOf } from "../../../support/modbus-device.ts";
import { cable } from "../../../support/pty.ts";
import type { QuietLog } from "../../../support/quiet-log.ts";

test("is read like a network", async () => {
  await using wire = await cable();
  await using _ = await rtuDevice(wire.far, {
    input: from(
      0,
      wordsOf((bytes) => bytes.writeFloatBE(236.4939), 2),
    ),
  });
  const driver = await open({ rtu: wire.port, unit_id: 3, registers: { voltage: { input: 0, type: "float32" } } });
  expect((await driver.read(SIGNAL)).values).toEqual({ voltage: 236.4939 });
  await driver.close();
});

test("whose device answers too late is left alone until then: its answer is not taken for the next one's", async () => {
  await using wire = await cable();
  const context = driverContext();
  const driver = await open({ rtu: wire.port, unit_id: 1, registers: { a: { input: 0 } } }, context);
  const late = expect(driver.read(SIGNAL)).rejects.toMatchObject({ code: "device_timeout", retry: true });
  await eventually(
    () => context.time.pending(),
    (names) => names.length === 1,
  );
  await context.time.advance(1_000_000);
  await late;
  const second = driver.read(SIGNAL);
  await wire.say(answer(1, 4, [111])); // of the first question
  const thrownAway = () => (context.log as QuietLog).entries.reduce((sum, { fields }) => sum + (fields as { bytes: number }).bytes, 0);
  await eventually(thrownAway, (bytes) => bytes === 7);
  await eventually(
    () => context.time.pending(),
    (names) => names.length === 1,
  );
  await context.time.advance(999_000);
  expect(context.time.pending()).toHaveLength(1);
  await context.time.advance(1_000); // now it is asked
  await wire.say(answer(1, 4, [222]));
  expect((await second).values).toEqual({ a: 222 });
  await driver.close();
});

test.each([
  ["five zero bytes", () => Uint8Array.of(0, 0, 0, 0, 0), "device_timeout"],
  ["an answer with a flipped bit", () => answer(1, 4, [5]).map((byte, index) => (index === 4 ? byte ^ 1 : byte)), "bad_answer"],
  ["another device's answer", () => answer(2, 4, [5]), "device_timeout"],
  ["an exception", () => frame([1, 0x84, 2]), "register_refused"],
])("that says %s gives no value", async (_, bytes, code) => {
  await using wire = await cable();
  const context = driverContext();
  const driver = await open({ rtu: wire.port, registers: { a: { input: 0 } } }, context);
  const read = expect(driver.read(SIGNAL)).rejects.toMatchObject({ code });
  await eventually(
    () => context.time.pending(),
    (names) => names.length === 1,
  );
  await wire.say(bytes());
  if (code === "device_timeout") await context.time.advance(1_000_000);
  await read;
  await driver.close();
});

test("noise in front of an answer is passed over", async () => {
  await using wire = await cable();
  const context = driverContext();
  const driver = await open({ rtu: wire.port, registers: { a: { input: 0 } } }, context);
  const reading = driver.read(SIGNAL);
  await eventually(
    () => context.time.pending(),
    (names) => names.length === 1,
  );
  await wire.say(Uint8Array.of(0xff, 0x00));
  await wire.say(answer(1, 4, [77]));
  expect((await reading).values).toEqual({ a: 77 });
  await driver.close();
});
