import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFrameGuard } from "../../../collector/broker/embedded/frame-guard.ts";
import { LIMITS } from "../../../protocol/index.ts";
import { connectPacket, lengthOf, packet, publishPacket } from "./packets.ts";

/** The code with which a stream is refused when it comes in chunks of these sizes, or how many packets passed. */
function outcome(stream: Buffer, sizes: readonly number[] = [stream.length]): string | number {
  const guard = createFrameGuard();
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const fault = guard.see(stream.subarray(at, at + size));
    if (fault !== undefined) return fault.code;
    at += size;
  }
  return guard.packets;
}

const connect = connectPacket("a");

describe("the frame guard", () => {
  test("counts packets of any length, also empty ones", () => {
    const ping = Buffer.of(0xc0, 0);
    const stream = Buffer.concat([connect, ping, publishPacket("t", Buffer.alloc(200), 1), ping]);
    expect(outcome(stream)).toBe(4);
  });

  test.each([
    ["a stranger's HTTP request", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "not_connect"],
    ["a TLS client hello", Buffer.of(0x16, 3, 1, 2, 0), "not_connect"],
    ["a publish before the CONNECT", publishPacket("t", Buffer.alloc(1), 1), "not_connect"],
    ["a CONNECT with reserved flags", Buffer.of(0x11, 0), "not_connect"],
    ["a CONNECT of 8 KiB + 1", packet(0x10, Buffer.alloc(LIMITS.connectBytes + 1)), "packet_too_big"],
    ["a CONNECT that announces 256 MiB", Buffer.of(0x10, 0xff, 0xff, 0xff, 0x7f), "packet_too_big"],
    ["a later packet of 128 KiB + 1", Buffer.concat([connect, Buffer.of(0x32), lengthOf(LIMITS.packetBytes + 1)]), "packet_too_big"],
    ["a length of five bytes", Buffer.concat([connect, Buffer.of(0x32, 0x80, 0x80, 0x80, 0x80, 0)]), "malformed_length"],
    ["a CONNECT length of five bytes", Buffer.of(0x10, 0xff, 0xff, 0xff, 0xff, 0x7f), "malformed_length"],
  ])("refuses %s, whole and byte by byte", (_what, stream, code) => {
    expect(outcome(stream)).toBe(code);
    expect(outcome(stream, [1])).toBe(code);
  });

  test("lets the largest CONNECT and the largest packet pass", () => {
    const stream = Buffer.concat([packet(0x10, Buffer.alloc(LIMITS.connectBytes)), packet(0x32, Buffer.alloc(LIMITS.packetBytes))]);
    expect(outcome(stream)).toBe(2);
  });

  test("judges a stream the same however it is cut", () => {
    const bodies = fc.array(fc.oneof(fc.nat(300), fc.constantFrom(0, 127, 128, 16_383, 16_384, 131_072, 131_073)), { maxLength: 6 });
    const sizes = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(bodies, sizes, fc.uint8Array({ maxLength: 8 }), (lengths, cuts, tail) => {
        const packets = lengths.map((length) => packet(0x30, Buffer.alloc(length)));
        const stream = Buffer.concat([connect, ...packets, tail]);
        expect(outcome(stream, cuts)).toBe(outcome(stream));
      }),
    );
  });

  test("says of random bytes what to do, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        expect(["not_connect", "packet_too_big", "malformed_length", "number"]).toContain(
          typeof outcome(Buffer.from(bytes)) === "number" ? "number" : outcome(Buffer.from(bytes)),
        );
      }),
    );
  });
});
