import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../protocol/bytes.ts";
import { fromHex, toHex } from "../../protocol/index.ts";
import { codeOf } from "./code-of.ts";

const LARGEST = Number.MAX_SAFE_INTEGER;
const bits = fc.nat(52).chain((size) => fc.nat(2 ** size).map((value) => Math.min(value, LARGEST)));

function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(1);
  write(out);
  return out.finish();
}

describe("bytes", () => {
  it("varints come back, in as few bytes as seven bits each allow", () => {
    fc.assert(
      fc.property(fc.oneof(bits, fc.constantFrom(0, 127, 128, 2 ** 32, LARGEST)), (value) => {
        const bytes = written((out) => out.varint(value));
        expect(new ByteReader(bytes).varint()).toBe(value);
        expect(bytes.length).toBe(Math.max(1, Math.ceil(value.toString(2).length / 7)));
      }),
    );
  });

  it("zigzags of either sign come back, and 0 never as -0", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 52 - 1), max: 2 ** 52 - 1 }), (value) => {
        expect(new ByteReader(written((out) => out.zigzag(value))).zigzag()).toBe(value);
      }),
    );
    expect(new ByteReader(Uint8Array.of(0)).zigzag()).toBe(0);
  });

  it("a varint of 2^53 or more, or of more than eight bytes, is malformed", () => {
    for (const hex of ["8080808080808010", "ffffffffffffff10", "ffffffffffffff7f", "808080808080808000", "ffffffffffffffff01"]) {
      expect(
        codeOf(() => new ByteReader(fromHex(hex)).varint()),
        hex,
      ).toBe("malformed");
    }
  });

  it("nothing is read past the end", () => {
    const reads: ((input: ByteReader) => unknown)[] = [
      (input) => input.varint(),
      (input) => input.zigzag(),
      (input) => input.double(),
      (input) => input.take(3),
    ];
    for (const read of reads) expect(codeOf(() => read(new ByteReader(Uint8Array.of(1, 0x80, 0x80), 1)))).toBe("malformed");
    expect(codeOf(() => new ByteReader(new Uint8Array()).byte())).toBe("malformed");
  });

  it("a view into a larger buffer is read from where it begins", () => {
    const whole = Uint8Array.of(9, 9, 0xac, 0x02, 7);
    const input = new ByteReader(whole.subarray(2));
    expect([input.varint(), input.byte(), input.remaining]).toEqual([300, 7, 0]);
    expect(toHex(whole.subarray(2))).toBe("ac0207");
  });

  it("a writer grows as it must, and what it gave out does not change with it", () => {
    const out = new ByteWriter(1);
    out.append(Uint8Array.of(1, 2, 3));
    const before = out.finish();
    out.double(-0);
    out.varint(LARGEST);
    expect([...before]).toEqual([1, 2, 3]);
    expect(out.length).toBe(3 + 8 + 8);
  });
});
