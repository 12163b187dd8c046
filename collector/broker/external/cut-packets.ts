/**
 * cut-packets: no packet from the broker takes more memory than one that can be of use, whatever length it announces.
 *
 * - A longer PUBLISH is cut: topic and packet id come through with as much of the payload as makes it too big for every
 *   channel, so it is refused, counted and PUBACKed like any other; the rest is dropped as it arrives.
 * - A longer packet of another kind, or a length of more than four bytes, is no MQTT of use: the stream ends with a fault.
 * - It keeps a few numbers and no bytes, so it does not care how the stream is cut into chunks.
 *
 * It exists because mqtt.js 5 buffers whatever length is announced, up to 256 MiB, and MQTT 3.1.1 has no way to ask the
 * broker for less.
 */
import { Transform } from "node:stream";
import { Fault, LIMITS } from "../../../protocol/index.ts";

const PUBLISH = 3;
const LENGTH_BYTES = 4;
/** Length and bytes of the longest topic, and the packet id (MQTT 3.1.1, 3.3.2). */
const LONGEST_HEAD = 2 + 65_535 + 2;
/** Over every limit of a payload, however short the topic. */
export const MOST_BYTES = LONGEST_HEAD + LIMITS.packetBytes + 1;

export function cutPackets(): Transform {
  let first = 0;
  let lengthBytes = -1; // bytes of the length seen so far; -1 = the next byte is a packet's first
  let length = 0;
  let keep = 0; // bytes of the present packet's body that still pass, and behind them
  let drop = 0; // those that do not

  /** The header to pass on once it is whole. */
  function header(byte: number): Buffer | undefined {
    if (lengthBytes < 0) {
      [first, lengthBytes, length] = [byte, 0, 0];
      return undefined;
    }
    length += (byte & 0x7f) * 128 ** lengthBytes;
    lengthBytes += 1;
    if (byte >= 0x80) {
      if (lengthBytes === LENGTH_BYTES) throw new Fault("malformed_length", "mqtt packet: expected a length of at most four bytes");
      return undefined;
    }
    lengthBytes = -1;
    keep = Math.min(length, MOST_BYTES);
    drop = length - keep;
    if (drop > 0 && first >> 4 !== PUBLISH) throw tooBig(length);
    return Buffer.of(first, ...encodeLength(keep));
  }

  function take(stream: Transform, chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (keep > 0) {
        const part = chunk.subarray(at, at + keep);
        stream.push(part);
        keep -= part.length;
        at += part.length;
      } else if (drop > 0) {
        const part = Math.min(drop, chunk.length - at);
        drop -= part;
        at += part;
      } else {
        const whole = header(chunk[at] as number);
        if (whole !== undefined) stream.push(whole);
        at += 1;
      }
    }
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        take(this, chunk);
        done();
      } catch (error) {
        done(error as Fault);
      }
    },
  });
}

/** MQTT 3.1.1, 2.2.3. */
function encodeLength(length: number): number[] {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}

function tooBig(length: number): Fault {
  return new Fault("packet_too_big", `mqtt packet: expected at most ${MOST_BYTES} bytes, ${length} were announced`);
}
