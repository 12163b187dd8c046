/**
 * modbus-device: devices to ask, by the Modbus library's own servers, and the driver opened on one.
 */
import { once } from "node:events";
import { ServerSerial, ServerTCP } from "modbus-serial";
import type { PolledDriver } from "../../agent/sensors/contract.ts";
import { modbus } from "../../agent/sensors/modbus.ts";
import { driverContext, type TestContext } from "./driver-context.ts";
import { freePort } from "./free-port.ts";

export const SIGNAL = new AbortController().signal;

export function create(config: object, context: TestContext = driverContext()): PolledDriver {
  return modbus.create(modbus.config.parse(config), context) as PolledDriver;
}

export async function open(config: object, context?: TestContext): Promise<PolledDriver> {
  const driver = create(config, context);
  await driver.open();
  return driver;
}

/** Words by address; what is not there is refused as the protocol has it. */
interface Device {
  readonly input?: Readonly<Record<number, number>>;
  readonly holding?: Readonly<Record<number, number>>;
  readonly asked?: string[];
}

const refused = () => Object.assign(new Error("no such register"), { modbusErrorCode: 2 });

export type Done<T> = (error: Error | null, found: T) => void;

/** The library has one call for a single register and another for several. */
export function answers({ input = {}, holding = {}, asked = [] }: Device) {
  const find = (kind: string, map: Readonly<Record<number, number>>, address: number, length: number, unit: number) => {
    asked.push(`${kind} ${address} x ${length} of ${unit}`);
    return Array.from({ length }, (_, index) => map[address + index]);
  };
  const many =
    (kind: string, map: Readonly<Record<number, number>>) => (address: number, length: number, unit: number, done: Done<unknown>) => {
      const found = find(kind, map, address, length, unit);
      done(found.includes(undefined) ? refused() : null, found);
    };
  const single = (kind: string, map: Readonly<Record<number, number>>) => (address: number, unit: number, done: Done<unknown>) => {
    const [found] = find(kind, map, address, 1, unit);
    done(found === undefined ? refused() : null, found);
  };
  return {
    getMultipleInputRegisters: many("input", input),
    getMultipleHoldingRegisters: many("holding", holding),
    getInputRegister: single("input", input),
    getHoldingRegister: single("holding", holding),
  };
}

export async function tcpDevice(device: Device | ReturnType<typeof answers>) {
  const vector = "getInputRegister" in device ? device : answers(device);
  const port = await freePort(); // the library takes 0 for 502
  const server = new ServerTCP(vector as never, { host: "127.0.0.1", port, unitID: 255 });
  await once(server, "initialized");
  return {
    tcp: `127.0.0.1:${port}`,
    connections: () => server.socks.size,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

export async function rtuDevice(far: string, device: Device, unitID = 3) {
  const server = new ServerSerial(answers(device) as never, { port: far, baudRate: 9600, unitID } as never);
  await once(server, "initialized");
  return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

/** Registers of a number, most significant first, by Node's own writers. */
export function wordsOf(write: (bytes: Buffer) => void, count: number): number[] {
  const bytes = Buffer.alloc(count * 2);
  write(bytes);
  return Array.from({ length: count }, (_, index) => bytes.readUInt16BE(index * 2));
}

export const from = (address: number, words: readonly number[]) => Object.fromEntries(words.map((word, index) => [address + index, word]));

/** CRC-16 of Modbus over Serial Line 1.02, 6.2.2, bit by bit. */
export function frame(bytes: readonly number[]): Uint8Array {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return Uint8Array.of(...bytes, crc & 0xff, crc >> 8);
}

export function answer(unit: number, code: number, words: readonly number[]): Uint8Array {
  return frame([unit, code, words.length * 2, ...words.flatMap((word) => [word >> 8, word & 0xff])]);
}
