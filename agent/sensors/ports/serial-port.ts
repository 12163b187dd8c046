/**
 * serial-port: a serial port of this machine, opened for one reader, with what may be wrong with it as a fault.
 *
 * The library and its native part load with the first port that is opened.
 */
import type { SerialPort } from "serialport";
import { z } from "zod";
import { Fault } from "../../../protocol/index.ts";
import { deviceFault } from "../contract.ts";
import { noticeHangUp } from "./hang-up.ts";

const PORT = "expected a port like /dev/serial/by-id/usb-Arduino_Uno-if00 or /dev/ttyAMA0";

export const portPath = z.string(PORT).startsWith("/", PORT);

/** Keys of a strict object: how the line is set. */
export const LINE_KEYS = {
  baud: z.int().min(50).max(4_000_000).default(9_600),
  parity: z.enum(["none", "even", "odd"]).default("none"),
  data_bits: z.union([z.literal(7), z.literal(8)], "expected 7 or 8").default(8),
  stop_bits: z.union([z.literal(1), z.literal(2)], "expected 1 or 2").default(1),
};

const LINE = z.object(LINE_KEYS);

export type LineOptions = z.output<typeof LINE>;

/** @throws Fault `device_missing`, `device_denied`, `device_taken`, `device_failed`. */
export async function openPort(path: string, { baud, parity, data_bits, stop_bits }: LineOptions): Promise<SerialPort> {
  const library = await import("serialport");
  const port = new library.SerialPort({
    path,
    baudRate: baud,
    parity,
    dataBits: data_bits,
    stopBits: stop_bits,
    autoOpen: false,
  });
  await new Promise<void>((resolve, reject) => {
    port.once("open", () => noticeHangUp(port)); // before the first read
    port.open((error) => (error === null ? resolve() : reject(portFault(error, path))));
  });
  port.on("error", () => undefined); // one that nobody listens for would end the process; `close` follows
  return port;
}

/** Resolves when it is closed, whether it was open or not. */
export function closePort(port: SerialPort): Promise<void> {
  return new Promise((resolve) => {
    if (!port.isOpen) return resolve();
    port.close(() => resolve());
  });
}

export function portGone(path: string): Fault {
  return new Fault("device_missing", `${path}: expected the port to stay, it was unplugged or its driver closed it`, {
    hint: `look what there is: ls -l ${path}; name it by /dev/serial/by-id, which stays the same`,
  });
}

/** The library has its errors in words alone. */
function portFault(error: Error, path: string): unknown {
  const { message } = error;
  const code = /no such (file|device)/i.test(message) ? "ENOENT" : /permission denied/i.test(message) ? "EACCES" : "EINVAL";
  if (/cannot lock|resource busy|temporarily unavailable/i.test(message)) {
    return new Fault("device_taken", `${path}: expected a port that nobody else reads, got: ${message}`, {
      hint: `who has it? fuser -v ${path}; two sensors on one port need the same baud, parity and stop_bits`,
      cause: error,
    });
  }
  return deviceFault(Object.assign(error, { code, syscall: "open" }), path);
}
