/**
 * frame-guard: reads no more of an MQTT stream than its packet headers, and says when to hang up.
 *
 * - The first packet is a CONNECT of at most `LIMITS.connectBytes`, every later one has at most
 *   `LIMITS.packetBytes`; both are judged by the length they announce, before a byte of the body came.
 * - A length of more than four bytes is malformed (MQTT 3.1.1, 2.2.3).
 * - It keeps three numbers and no bytes, so it does not care how the stream is cut into chunks.
 *
 * It exists because aedes 1.2 buffers whatever length a stranger announces, up to 256 MiB.
 */
import { Fault, LIMITS } from "../../../protocol/index.ts";

/** First byte of a CONNECT: packet type 1, reserved flags 0. */
const CONNECT = 0x10;
const LENGTH_BYTES = 4;

export interface FrameGuard {
  /** The reason to hang up, or undefined where the chunk may pass. Not to be called after a fault. */
  see(chunk: Uint8Array): Fault | undefined;
  /** Packets seen whole. */
  readonly packets: number;
}

export function createFrameGuard(): FrameGuard {
  let packets = 0;
  let body = 0; // bytes of the present packet's body still to come
  let lengthBytes = -1; // bytes of the length seen so far; -1 = the next byte is a packet's first
  let length = 0;

  function header(byte: number): Fault | undefined {
    if (lengthBytes < 0) {
      if (packets === 0 && byte !== CONNECT) return notConnect(byte);
      lengthBytes = 0;
      length = 0;
      return undefined;
    }
    length += (byte & 0x7f) * 128 ** lengthBytes;
    lengthBytes += 1;
    if (byte >= 0x80) return lengthBytes === LENGTH_BYTES ? malformedLength() : undefined;
    lengthBytes = -1;
    body = length;
    if (body === 0) packets += 1;
    return tooBig(packets, length);
  }

  return {
    get packets() {
      return packets;
    },

    see(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (body === 0) {
          const fault = header(chunk[at] as number);
          if (fault !== undefined) return fault;
          at += 1;
          continue;
        }
        const part = Math.min(body, chunk.length - at);
        at += part;
        body -= part;
        if (body === 0) packets += 1;
      }
      return undefined;
    },
  };
}

function tooBig(packetsBefore: number, length: number): Fault | undefined {
  const limit = packetsBefore === 0 ? LIMITS.connectBytes : LIMITS.packetBytes;
  if (length <= limit) return undefined;
  return new Fault("packet_too_big", `mqtt packet: expected at most ${limit} bytes, ${length} were announced`, {
    hint: "send smaller batches",
  });
}

function notConnect(byte: number): Fault {
  return new Fault("not_connect", `mqtt: expected a CONNECT first, got a byte 0x${byte.toString(16).padStart(2, "0")}`, {
    hint: "see that the client speaks plain MQTT on this port, not TLS or HTTP",
  });
}

function malformedLength(): Fault {
  return new Fault("malformed_length", "mqtt packet: expected a length of at most four bytes");
}
