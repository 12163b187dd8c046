import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { LIMITS, pack, unpack } from "../../protocol/index.ts";
import { codeOf } from "./code-of.ts";
import { plain } from "./plain.ts";

const mapPacker = new Packr({ useRecords: false, variableMapSize: true });
const codeOfBytes = (...parts: (Uint8Array | readonly number[])[]) =>
  codeOf(() => unpack(Uint8Array.from(parts.flatMap((part) => [...part]))));

describe("the look through msgpack before it is decoded", () => {
  it("lets every value pass that the envelope may hold", () => {
    const scalar = fc.oneof(
      fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
      fc.double({ noNaN: true }).map((number) => number + 0), // no field of an envelope needs -0, and it does not keep it
      fc.boolean(),
      fc.constant(null),
      fc.string({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 400 }),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, fc.array(tie("value"), { maxLength: 20 })),
    }));
    fc.assert(
      fc.property(value, (given) => {
        expect(plain(unpack(pack(given)))).toStrictEqual(plain(given));
      }),
    );
  });

  it("allows as many levels as the limit says and not one more", () => {
    expect(codeOfBytes(new Array(LIMITS.nesting).fill(0x91), [0xc0])).toBeUndefined();
    expect(codeOfBytes(new Array(LIMITS.nesting + 1).fill(0x91), [0xc0])).toBe("malformed");
    expect(codeOfBytes(new Array(LIMITS.nesting + 1).fill([0x81, 0xa1, 0x61]).flat(), [0xc0])).toBe("malformed");
  });

  it("allows as many tokens as the limit says and not one more", () => {
    const list = (items: number) => codeOfBytes([0xdd, 0, 0, items >> 8, items & 0xff], new Uint8Array(items));
    expect(list(LIMITS.tokens - 1)).toBeUndefined();
    expect(list(LIMITS.tokens)).toBe("malformed");
  });

  it("allows strings as long as the limit says and not one byte more", () => {
    const text = (bytes: number) => codeOfBytes([0xda, bytes >> 8, bytes & 0xff], new Uint8Array(bytes).fill(0x61));
    expect(text(LIMITS.stringBytes)).toBeUndefined();
    expect(text(LIMITS.stringBytes + 1)).toBe("malformed");
  });

  it("refuses every extension type and the tag that is never used", () => {
    for (const tag of [0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8]) {
      expect(codeOfBytes([tag, 1, 1, 1, 1, 1], new Uint8Array(300)), tag.toString(16)).toBe("malformed");
      expect(codeOfBytes([0x91, tag, 1, 1, 1, 1, 1], new Uint8Array(300)), tag.toString(16)).toBe("malformed");
    }
  });

  it("refuses a list, map, string or binary that announces more than there is", () => {
    for (const head of [
      [0x95],
      [0x85],
      [0xa5],
      [0xc4, 5],
      [0xc6, 0xff, 0xff, 0xff, 0xff],
      [0xdd, 0xff, 0xff, 0xff, 0xff],
      [0xdf, 0x80, 0, 0, 0],
    ]) {
      expect(codeOfBytes(head)).toBe("malformed");
    }
  });

  it("refuses what is cut short anywhere, and what goes on behind the value", () => {
    const bytes = pack(["text", 1.5, 300, Buffer.of(1, 2, 3), [true, null, -5]]);
    for (let length = 0; length < bytes.length; length++) expect(codeOfBytes(bytes.subarray(0, length))).toBe("malformed");
    expect(codeOfBytes(bytes, [0xc0])).toBe("malformed");
  });

  it("gives maps with the keys of an object's prototype no hold on any prototype", () => {
    const keys = ["__proto__", "constructor", "prototype", "toString"];
    for (const key of keys) {
      const entries = new Map<string, unknown>([[key, new Map([["polluted", true]])]]);
      for (const value of [entries, [entries], new Map([["a", entries]])]) codeOf(() => unpack(mapPacker.pack(value)));
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(String({})).toBe("[object Object]");
  });
});
