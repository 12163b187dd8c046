/**
 * server: Modbus TCP as a slave speaks it: frames with their header (MBAP) over TCP, functions 3 and 4.
 *
 * From "MODBUS Messaging on TCP/IP Implementation Guide V1.0b" and "MODBUS Application Protocol Specification V1.1b3".
 * Written out, and not taken from a library, for what it is here to do: listen on a free port and say which, answer
 * wrongly, late or not at all, and be another reading of the protocol than the one that it tests.
 *
 * A frame that is no Modbus, or longer than one may be, closes its connection, as devices do.
 */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Fault } from "../../../protocol/index.ts";

export interface Question {
  readonly unit: number;
  /** 3 = holding registers, 4 = input registers. */
  readonly code: 3 | 4;
  readonly first: number;
  readonly count: number;
}

export type Answer =
  | { readonly registers: Buffer; readonly unit?: number; readonly isCut?: boolean }
  /** 1 illegal function, 2 illegal address, 3 illegal value, 4 device failure, 6 busy. */
  | { readonly exception: number }
  | "silence";

export interface ModbusServer {
  /** `127.0.0.1:1502` */
  readonly address: string;
  close(): Promise<void>;
}

const HEADER = 7;
/** A PDU of 253 bytes, and the unit. */
const LONGEST = 254;
const MOST_REGISTERS = 125;

const ILLEGAL_FUNCTION = 1;
const ILLEGAL_VALUE = 3;

/** @throws Fault `not_listening`. */
export async function serveModbus(host: string, port: number, answer: (question: Question) => Answer): Promise<ModbusServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // a client that went away: `close` follows
    speak(socket, answer);
  });
  const { address } = await listen(server, host, port);
  return {
    address,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<{ readonly address: string }> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const hint =
        error.code === "EADDRINUSE"
          ? "somebody listens there already: name another port, or 0 for a free one"
          : "name an address of this machine and a port above 1023";
      reject(new Fault("not_listening", `--listen ${host}:${port}: expected to listen there, got ${error.code}`, { hint, cause: error }));
    });
    server.listen(port, host, () => {
      const { address, family, port: taken } = server.address() as AddressInfo;
      resolve({ address: family === "IPv6" ? `[${address}]:${taken}` : `${address}:${taken}` });
    });
  });
}

function speak(socket: Socket, answer: (question: Question) => Answer): void {
  let received = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= HEADER) {
      const length = received.readUInt16BE(4);
      if (received.readUInt16BE(2) !== 0 || length < 2 || length > LONGEST) return void socket.destroy();
      if (received.length < 6 + length) return;
      respond(socket, received.subarray(0, 6 + length), answer);
      received = received.subarray(6 + length);
    }
  });
}

function respond(socket: Socket, frame: Buffer, answer: (question: Question) => Answer): void {
  const [transaction, unit, code] = [frame.readUInt16BE(0), frame.readUInt8(6), frame.readUInt8(7)];
  const send = (from: number, body: readonly number[] | Buffer, isCut = false) => {
    const made = Buffer.concat([Buffer.alloc(HEADER), Buffer.from(body)]);
    made.writeUInt16BE(transaction, 0);
    made.writeUInt16BE(body.length + 1, 4);
    made.writeUInt8(from, 6);
    if (isCut) socket.end(made.subarray(0, Math.ceil(made.length / 2)));
    else socket.write(made);
  };
  const refuse = (exception: number) => send(unit, [code | 0x80, exception]);
  if (code !== 3 && code !== 4) return refuse(ILLEGAL_FUNCTION);
  if (frame.length !== HEADER + 5) return refuse(ILLEGAL_VALUE);
  const [first, count] = [frame.readUInt16BE(8), frame.readUInt16BE(10)];
  if (count < 1 || count > MOST_REGISTERS) return refuse(ILLEGAL_VALUE);
  const given = answer({ unit, code, first, count });
  if (given === "silence") return;
  if ("exception" in given) return refuse(given.exception);
  send(given.unit ?? unit, Buffer.concat([Buffer.from([code, given.registers.length]), given.registers]), given.isCut);
}
