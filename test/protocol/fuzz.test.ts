import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ByteReader,
  decodeAgentStatus,
  decodeAnswer,
  decodeCatalog,
  decodeCollectorStatus,
  decodeDataBody,
  decodeFrame,
  decodeGaps,
  decodeHello,
  type EpochId,
  encodeBatch,
  LIMITS,
  NO_CATALOG,
  openBody,
  parseBatch,
  peekHeader,
  unpack,
} from "../../protocol/index.ts";
import { effort } from "../support/effort.ts";
import { type SeededRandom, seededRandom } from "../support/seeded-random.ts";
import { batch, inside, message } from "./arbitraries.ts";
import { codeOf } from "./code-of.ts";
import { readBatch } from "./plain.ts";

const INPUTS = effort("decoder-fuzz", { quick: 3_000, test: 20_000, prove: 1_000_000 });
const CODES = [undefined, "malformed", "version", "too_big", "crc"];
const MOST_ALLOCATED = 20 * 1024 * 1024;
const SLOWEST_MS = 50;

/** Everything that reads bytes from outside. A body is tried under a true hash as well, or nothing would get behind it. */
const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  parseBatch,
  readBatch,
  peekHeader,
  unpack,
  decodeHello,
  decodeAnswer,
  decodeAgentStatus,
  decodeCollectorStatus,
  decodeCatalog,
  decodeGaps,
  decodeDataBody: (bytes) => decodeDataBody(bytes, LIMITS.readingsPerBatch),
  decodeFrame: (bytes) => decodeFrame(new ByteReader(bytes), LIMITS.readingsPerBatch),
  openBody: (bytes) => openBody(parseBatch(wrapped(bytes))),
};

describe("every decoder", () => {
  it("answers any bytes with a value or a fault, at once and without a heap of memory", () => {
    const random = seededRandom("decoder fuzz");
    const corpus = makeCorpus(random.seed);
    const prototypes = snapshot();
    const slow: Uint8Array[] = [];
    for (let run = 0; run < INPUTS; run++) {
      const input = mutated(corpus[random.below(corpus.length)] as Uint8Array, corpus, random);
      const { codes, cpuMs, allocated } = measured(input);
      const strange = codes.filter(([, code]) => !CODES.includes(code));
      if (strange.length > 0 || allocated > MOST_ALLOCATED) expect.fail(`${strange}, ${allocated} bytes, of ${hexOf(input)}`);
      if (cpuMs > SLOWEST_MS) slow.push(input);
    }
    for (const input of slow) expect(medianMs(input), hexOf(input)).toBeLessThan(SLOWEST_MS);
    expect(snapshot()).toEqual(prototypes);
  }, 1_800_000);

  it("refuses frames whose instants have no values, however many they announce", () => {
    // 5,000 instants of no step, 32 channels of which none is ever there: 0 readings, 360 KB of memory.
    const at = [0, 0];
    const absent = [1, 0, 0x88, 0x27, 0];
    const frame = [0, 0, 0x88, 0x27, 0xff, 0xff, 0xff, 0xff, 0x07, ...at, ...new Array(LIMITS.channelsPerFrame).fill(absent).flat()];
    const body = [0x92, 0xc4, 0, 0xc5, frame.length >> 8, frame.length & 0xff, ...frame];
    expect(codeOf(() => decodeFrame(new ByteReader(Uint8Array.from(frame)), LIMITS.readingsPerBatch))).toBeUndefined();
    expect(codeOf(() => decodeDataBody(Uint8Array.from(body), LIMITS.readingsPerBatch))).toBe("malformed");
  });
});

/** Valid messages and bodies of every kind, and some that are none. */
function makeCorpus(seed: number): Uint8Array[] {
  const draw = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number) => fc.sample(arbitrary, { seed, numRuns });
  return [
    ...draw(batch, 60),
    ...draw(inside, 90).map(({ body }) => body),
    ...draw(message, 60).map(({ bytes }) => bytes),
    ...draw(fc.uint8Array({ maxLength: 300 }), 30),
    Uint8Array.of(),
  ];
}

/** Some places changed: bits, bytes, borders of varints, a cut, an insertion, a piece of another message. */
function mutated(original: Uint8Array, corpus: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  let bytes = Uint8Array.from(original);
  for (let changes = random.below(4); changes >= 0; changes--) {
    const place = random.below(bytes.length + 1);
    switch (random.below(6)) {
      case 0:
        bytes[place] = (bytes[place] ?? 0) ^ (1 << random.below(8));
        break;
      case 1:
        bytes[place] = [0, 1, 0x7f, 0x80, 0xff, 0xc4, 0xdd, 0xdf][random.below(8)] as number;
        break;
      case 2:
        bytes = bytes.slice(0, place);
        break;
      case 3:
        bytes = Uint8Array.of(...bytes.subarray(0, place), ...random.bytes(random.below(12)), ...bytes.subarray(place));
        break;
      case 4:
        bytes = Uint8Array.of(...bytes.subarray(0, place), ...bytes.subarray(place + random.below(8)));
        break;
      default: {
        const other = corpus[random.below(corpus.length)] as Uint8Array;
        const from = random.below(other.length + 1);
        bytes = Uint8Array.of(...bytes.subarray(0, place), ...other.subarray(from, from + random.below(60)), ...bytes.subarray(place));
      }
    }
  }
  return bytes;
}

/** As the body of a batch that says it is deflated or not, as chance has it, under a true hash. */
function wrapped(body: Uint8Array): Uint8Array {
  return encodeBatch({ kind: "data", epoch: "0102030405060708" as EpochId, seq: 1, count: 1, catalog: NO_CATALOG }, body).bytes;
}

/** One input through every decoder; what one of them may take, all of them together may not exceed. */
function measured(input: Uint8Array) {
  const [cpu, before] = [process.cpuUsage(), process.memoryUsage().arrayBuffers];
  const codes = Object.entries(DECODERS).map(([name, decode]) => [name, codeOf(() => decode(input))] as const);
  const { user, system } = process.cpuUsage(cpu);
  return { codes, cpuMs: (user + system) / 1_000, allocated: process.memoryUsage().arrayBuffers - before };
}

/** Of ten runs alone: what was slow once may have been the machine. */
function medianMs(input: Uint8Array): number {
  const times = Array.from({ length: 10 }, () => measured(input).cpuMs).sort((a, b) => a - b);
  return times[5] as number;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** What the prototypes have of their own. */
function snapshot() {
  return [Object, Array, Uint8Array, Map, Function, String, Number].map(({ prototype }) => Reflect.ownKeys(prototype));
}
