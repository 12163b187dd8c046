import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Ack,
  decodeAgentStatus,
  decodeAnswer,
  decodeCollectorStatus,
  decodeHello,
  type EpochId,
  encodeBatch,
  type HelloAck,
  isFault,
  NO_CATALOG,
} from "../../protocol/index.ts";
import { effort } from "../support/effort.ts";
import { batch, inside, instantColumn, message, numberColumn } from "./arbitraries.ts";
import {
  decodeAckMessage,
  decodeAgentStatusMessage,
  decodeBatch,
  decodeCollectorStatusMessage,
  decodeHelloAckMessage,
  decodeHelloMessage,
} from "./independent-decoder.ts";
import { encodeSimpleBatch } from "./independent-encoder.ts";
import { plain, readBatch } from "./plain.ts";

const LONG_MS = 600_000;
const RUNS = effort("wire-agreement", { quick: 200, test: 1_000, prove: 20_000 });

const READERS = {
  hello: [decodeHello, decodeHelloMessage],
  "hello-ack": [(bytes: Uint8Array) => (decodeAnswer(bytes) as { helloAck: HelloAck }).helloAck, decodeHelloAckMessage],
  ack: [(bytes: Uint8Array) => (decodeAnswer(bytes) as { ack: Ack }).ack, decodeAckMessage],
  status: [decodeAgentStatus, decodeAgentStatusMessage],
  "collector-status": [decodeCollectorStatus, decodeCollectorStatusMessage],
} as const;

const simpleChannels = fc.array(
  fc.integer({ min: 1, max: 100 }).chain((size) =>
    fc.record({
      series: fc.nat(511),
      at: instantColumn({ min: size, max: size }).map((at) => [...at]),
      values: numberColumn({ min: size, max: size }).map((values) => [...values]),
    }),
  ),
  { minLength: 1, maxLength: 3 },
);

describe("the codec and a decoder written from SPEC.md alone", () => {
  it(
    "read every batch alike, bit for bit",
    () => {
      fc.assert(
        fc.property(batch, (bytes) => {
          expect(decodeBatch(bytes)).toStrictEqual(plain(readBatch(bytes)));
        }),
        { numRuns: RUNS },
      );
    },
    LONG_MS,
  );

  it(
    "read what a simple agent writes, in raw columns and in those a step up",
    () => {
      fc.assert(
        fc.property(simpleChannels, fc.nat(1e9), fc.boolean(), (channels, read, isCompact) => {
          const bytes = encodeSimpleBatch(7, read, channels, isCompact);
          const decoded = plain(readBatch(bytes)) as { body: { totals: { read: number; sealed: number }; frames: unknown[] } };
          expect(decodeBatch(bytes)).toStrictEqual(decoded);
          expect(decoded.body.totals).toMatchObject({ read, sealed: read });
          const frames = channels.map(({ series, at, values }) => ({ form: "samples", at, columns: [{ series, values }] }));
          expect(decoded.body.frames).toStrictEqual(frames);
        }),
        { numRuns: RUNS },
      );
    },
    LONG_MS,
  );

  it(
    "read every other message alike",
    () => {
      fc.assert(
        fc.property(message, ({ what, bytes }) => {
          const [product, independent] = READERS[what];
          expect(independent(bytes)).toStrictEqual(plain(product(bytes)));
        }),
        { numRuns: RUNS },
      );
    },
    LONG_MS,
  );

  it(
    "read alike what the codec still accepts of a damaged body",
    () => {
      let accepted = 0;
      fc.assert(
        fc.property(inside, fc.nat(), fc.nat(255), ({ kind, count, body }, place, value) => {
          const damaged = Uint8Array.from(body);
          damaged[place % body.length] = value;
          const epoch = "0102030405060708" as EpochId;
          const { bytes } = encodeBatch({ kind, epoch, seq: 1, count, catalog: NO_CATALOG }, damaged);
          const read = readOrRefuse(bytes);
          if (read === undefined) return;
          accepted += 1;
          expect(decodeBatch(bytes)).toStrictEqual(plain(read));
        }),
        { numRuns: RUNS },
      );
      expect(accepted).toBeGreaterThan(RUNS / 20);
    },
    LONG_MS,
  );
});

function readOrRefuse(bytes: Uint8Array) {
  try {
    return readBatch(bytes);
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}
