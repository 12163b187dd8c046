/**
 * rtu-port: a serial line as the Modbus library wants one: frames out, the frame that answers in.
 *
 * The library's own port keeps what came too late and would take it for the answer of the next question. Here what
 * came before a question is thrown away; the checksum is for the library to judge.
 */
import { EventEmitter } from "node:events";
import type { Log } from "../../../protocol/index.ts";
import { closePort, type LineOptions, openPort } from "../ports/serial-port.ts";

/** Unit, function | 0x80, code, checksum. */
const EXCEPTION_BYTES = 5;
/** Longer than any frame (Modbus over Serial Line 1.02, 2.5.1): noise. */
const LONGEST = 256;

interface Expected {
  readonly unit: number;
  readonly code: number;
  readonly bytes: number;
}

/** `data` with the answer to the frame that was written last, `close` when the port is gone; the rest the library calls. */
export interface RtuPort extends EventEmitter {
  readonly isOpen: boolean;
  open(callback: () => void): void;
  destroy(): void;
  write(frame: Buffer): void;
  /** Nobody waits for the answer any more. */
  forget(): void;
  /** Resolves when the port is free for others. */
  end(): Promise<void>;
}

/** @throws Fault of `openPort`. */
export async function openRtuPort(path: string, options: LineOptions, log: Log): Promise<RtuPort> {
  const port = await openPort(path, options);
  const events = new EventEmitter();
  let received: Buffer = Buffer.alloc(0);
  let expected: Expected | undefined;

  port.on("close", () => events.emit("close"));
  port.on("data", (piece: Buffer) => {
    if (expected === undefined) return log.debug({ path, bytes: piece.length }, "thrown away: it came too late, or nobody asked");
    received = Buffer.concat([received, piece]).subarray(-LONGEST);
    const answer = answerIn(received, expected);
    if (answer === undefined) return;
    expected = undefined;
    events.emit("data", answer);
  });
  const calls = {
    open: (callback: () => void) => callback(), // it is open already
    destroy: () => void closePort(port),
    end: () => closePort(port),
    forget: () => {
      expected = undefined;
    },
    write(frame: Buffer) {
      received = Buffer.alloc(0);
      expected = { unit: frame.readUInt8(0), code: frame.readUInt8(1), bytes: EXCEPTION_BYTES + 2 * frame.readUInt16BE(4) };
      port.write(frame);
    },
  };
  return Object.defineProperty(Object.assign(events, calls), "isOpen", { get: () => port.isOpen }) as RtuPort;
}

/** Noise may stand in front of it: a line that turns round makes a byte or two. */
function answerIn(received: Buffer, { unit, code, bytes }: Expected): Buffer | undefined {
  for (let start = 0; start + EXCEPTION_BYTES <= received.length; start++) {
    if (received[start] !== unit) continue;
    const found = received[start + 1];
    const length = found === code ? bytes : found === (code | 0x80) ? EXCEPTION_BYTES : undefined;
    if (length !== undefined) return start + length <= received.length ? received.subarray(start, start + length) : undefined;
  }
  return undefined;
}
