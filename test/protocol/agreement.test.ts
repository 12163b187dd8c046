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
import { batch, inside, message } from "./arbitraries.ts";
import {
  decodeAckMessage,
  decodeAgentStatusMessage,
  decodeBatch,
  decodeCollectorStatusMessage,
  decodeHelloAckMessage,
  decodeHelloMessage,
} from "./independent-decoder.ts";
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
