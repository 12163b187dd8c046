/**
 * trouble: what goes wrong between a question and its answer on a Modbus line, as the faults that the driver throws.
 *
 * Exceptions are those of Modbus Application Protocol 1.1b3, 7: 1 to 3 say that the config asks for what the device
 * does not have; the others pass by themselves.
 */
import { Fault, showDuration } from "../../../protocol/index.ts";
import type { Question } from "./registers.ts";

const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: "illegal function",
  2: "illegal data address",
  3: "illegal data value",
  4: "device failure",
  5: "acknowledge",
  6: "device busy",
  8: "memory parity error",
  10: "gateway path unavailable",
  11: "gateway target failed to respond",
};

export function questionFault(line: string, question: Question, error: unknown): Fault {
  const code = error instanceof Error && "modbusCode" in error ? Number(error.modbusCode) : undefined;
  if (code !== undefined) return exceptionFault(line, question, code);
  const message = error instanceof Error ? error.message : String(error);
  const isClosed = error instanceof Error && "errno" in error;
  if (!isClosed) {
    return new Fault("bad_answer", `${shown(line, question)}: expected an answer that fits its checksum and question, got: ${message}`, {
      retry: true,
      hint: "check baud, parity and stop_bits, both ends of the line (120 Ohm), and that no two devices have one unit_id",
      cause: error,
    });
  }
  return new Fault("device_unreachable", `${shown(line, question)}: expected the line to be open, got: ${message}`, { cause: error });
}

function exceptionFault(line: string, question: Question, code: number): Fault {
  const message = `${shown(line, question)}: expected an answer, got exception ${code} (${EXCEPTIONS[code] ?? "unknown"})`;
  if (code >= 1 && code <= 3) {
    return new Fault("register_refused", message, {
      hint: "compare address, type and input/holding with the device's manual; its number 30001 or 40001 is address 0",
    });
  }
  return new Fault("device_busy", `${message}; it is asked again`, { retry: true });
}

export function noAnswer(line: string, question: Question): Fault {
  return new Fault("device_timeout", `${shown(line, question)}: expected an answer within ${showDuration(question.timeout)}, got none`, {
    retry: true,
    hint: "is the device on, its unit_id right, and on a serial line baud, parity, A and B? timeout gives it longer",
  });
}

export function notReached(line: string, error: unknown): Fault {
  const got = error instanceof Error && error.message !== "" ? error.message : "no answer";
  return new Fault("device_unreachable", `${line}: expected a Modbus device or gateway, got ${got}`, {
    hint: "is it on, and its address right? Many gateways take few connections: close other programs",
    cause: error,
  });
}

function shown(line: string, { unit, code, address, count }: Question): string {
  return `${line} unit ${unit} ${code === 3 ? "holding" : "input"} ${address}${count > 1 ? `..${address + count - 1}` : ""}`;
}
