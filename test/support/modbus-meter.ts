/**
 * modbus-meter: a meter on a serial line that answers each question with bytes of the test, and what the driver reads.
 */
import { openPort } from "../../agent/sensors/ports/serial-port.ts";
import { isFault } from "../../protocol/index.ts";
import { driverContext } from "./driver-context.ts";
import { open, SIGNAL } from "./modbus-device.ts";
import { cable } from "./pty.ts";

const LINE = { baud: 9_600, parity: "none", data_bits: 8, stop_bits: 1 } as const;
const MINUTE = 60_000_000;

/** Addresses of an Eastron SDM's first phase. */
export const SDM = { voltage: 0, current: 6, power: 12, apparent: 18, reactive: 24, factor: 30, angle: 36, frequency: 70 };

export const bytesOf = (line: string) => line.split(" ").map((byte) => Number.parseInt(byte, 16));

export const floats = (addresses: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(addresses).map(([name, input]) => [name, { input, type: "float32" }]));

/** Eighty registers out of a reply that a logger cut, its notes on zero bytes written out. */
export function blockOf(raw: readonly string[]): Buffer {
  const text = (raw[0] ?? "").replace(/\+ (\d+) zero bytes \+/g, (_, count) => Array(Number(count)).fill("00").join(" "));
  return Buffer.concat([Buffer.from(bytesOf(text)).subarray(3), Buffer.alloc(160)]).subarray(0, 160);
}

/** The values, or the code of the fault, and the questions as hexadecimal. */
export async function meter(unit: number, registers: object, reply: (address: number, count: number) => Uint8Array) {
  await using wire = await cable();
  const far = await openPort(wire.far, LINE);
  const context = driverContext();
  const driver = await open({ rtu: wire.port, unit_id: unit, registers, timeout: "1m", delay: "1ms" }, context);
  const questions: string[] = [];
  let received = Buffer.alloc(0);
  far.on("data", (piece: Buffer) => {
    received = Buffer.concat([received, piece]);
    if (received.length < 8) return;
    questions.push([...received].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" "));
    const bytes = reply(received.readUInt16BE(2), received.readUInt16BE(4));
    received = Buffer.alloc(0);
    far.write(Buffer.from(bytes));
    if (bytes.every((byte) => byte === 0)) void context.time.advance(MINUTE); // no answer at all
  });
  let landed: unknown;
  const reading = driver.read(SIGNAL).then(
    ({ values }) => {
      landed = values;
    },
    (error) => {
      landed = isFault(error) ? error.code : error;
    },
  );
  while (landed === undefined) await context.time.advance(1_000); // the line rests between two questions
  await reading;
  await driver.close();
  await new Promise<void>((resolve) => far.close(() => resolve()));
  return { landed, questions };
}
