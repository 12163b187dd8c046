import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutPackets, MOST_BYTES } from "../../../collector/broker/external/cut-packets.ts";
import { lengthOf, packet, puback, publishPacket } from "./packets.ts";

/** What comes through when the stream arrives in chunks of these sizes, or the code with which it ends. */
async function through(stream: Buffer, sizes: readonly number[] = [stream.length]): Promise<Buffer | string> {
  const cut = cutPackets();
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    cut.write(stream.subarray(at, at + size));
    at += size;
  }
  cut.end();
  return buffer(cut).catch((fault: { code: string }) => fault.code);
}

const ping = Buffer.of(0xd0, 0);

describe("packets from the broker", () => {
  test("pass as they are up to the largest of use, however the stream is cut", async () => {
    const bodies = fc.array(fc.oneof(fc.nat(300), fc.constantFrom(0, 127, 128, 16_383, 16_384, MOST_BYTES)), { maxLength: 4 });
    const sizes = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(bodies, sizes, async (lengths, cuts) => {
        const stream = Buffer.concat(lengths.map((length, index) => packet(0x30 + (index % 2) * 2, Buffer.alloc(length, index))));
        expect(await through(stream, cuts)).toEqual(stream);
      }),
      { numRuns: 50 },
    );
  });

  test("of a PUBLISH that is longer, topic, id and enough of the payload come through, and all that follows it", async () => {
    const long = publishPacket("t/long", Buffer.alloc(MOST_BYTES, 7), 513);
    const after = publishPacket("t/after", Buffer.from("x"), 2);
    const short = packet(0x32, long.subarray(long.length - (2 + 6 + 2 + MOST_BYTES)).subarray(0, MOST_BYTES));
    for (const sizes of [[long.length * 2], [1_000], [65_536, 3]]) {
      expect(await through(Buffer.concat([ping, long, after, long, ping]), sizes)).toEqual(
        Buffer.concat([ping, short, after, short, ping]),
      );
    }
  });

  test("one of 256 MB takes no more memory than one of use", async () => {
    const cut = cutPackets();
    let passed = 0;
    cut.on("data", (part: Buffer) => {
      passed += part.length;
    });
    const flood = Buffer.alloc(1_000_000, 0x41);
    cut.write(Buffer.concat([Buffer.of(0x32), lengthOf(256_000_000)]));
    for (let count = 0; count < 256; count++) if (!cut.write(flood)) await new Promise((resolve) => cut.once("drain", resolve));
    cut.write(puback(3));
    cut.end();
    await new Promise((resolve) => cut.once("end", resolve));
    expect(passed).toBe(1 + lengthOf(MOST_BYTES).length + MOST_BYTES + 4);
  });

  test.each([
    ["a packet of another kind that is too long", Buffer.concat([Buffer.of(0x90), lengthOf(MOST_BYTES + 1)]), "packet_too_big"],
    ["a length of five bytes", Buffer.of(0x32, 0x80, 0x80, 0x80, 0x80, 0), "malformed_length"],
  ])("%s ends the stream", async (_what, stream, code) => {
    expect(await through(stream)).toBe(code);
    expect(await through(stream, [1])).toBe(code);
  });
});
