/**
 * codec-messages: everything that travels beside batches, as the codec writes it.
 */
import {
  type EpochId,
  encodeAck,
  encodeAgentStatus,
  encodeCollectorStatus,
  encodeHello,
  encodeHelloAck,
  NACK_CODES,
} from "../../../protocol/index.ts";
import type { Message } from "./vector.ts";

interface CodecMessage {
  readonly title: string;
  readonly message: Message;
  readonly bytes: Uint8Array;
}

const BEGIN = 1_795_200_000_000_000;
const EPOCH = "5eed000000000001" as EpochId;
const OTHER = "0ddba11c0ffee000" as EpochId;
const CREDIT = { batches: 8, bytes: 786_432, waitMs: 0 };
const answers = NACK_CODES.map((nack, i) => ({ epoch: EPOCH, seq: i + 2, hash: "24058f9c65de3aee" as never, nack }));

export const MESSAGES: Readonly<Record<string, CodecMessage>> = {
  hello: {
    title: "a hello of two epochs, the older one empty",
    message: "hello",
    bytes: encodeHello({
      session: "0102030405060708",
      software: "0.1.0",
      epochs: [
        { epoch: OTHER, from: 10, to: 9 },
        { epoch: EPOCH, from: 1, to: 300 },
      ],
      catalogs: ["6d957ba5c2a0ae14" as never],
      token: "",
      fingerprint: "",
      clock: { wall: BEGIN, trusted: true, source: "ntp" },
      pending: 2,
    }),
  },
  "hello-without-clock": {
    title: "the first hello of a device without a clock, its token and fingerprint as they will be",
    message: "hello",
    bytes: encodeHello({
      session: "ffffffffffffffff",
      software: "",
      epochs: [{ epoch: EPOCH, from: 1, to: 0 }],
      catalogs: [],
      token: "00".repeat(16),
      fingerprint: "ab".repeat(32),
      clock: { wall: 0, trusted: false, source: "none" },
      pending: 0,
    }),
  },
  "hello-with-token": {
    title: "a hello with a fork token and the fingerprint of the device",
    message: "hello",
    bytes: encodeHello({
      session: "0102030405060708",
      software: "0.1.0",
      epochs: [{ epoch: EPOCH, from: 1, to: 300 }],
      catalogs: [],
      token: "00000000000700112233445566778899",
      fingerprint: "8d7f0c4b1a2e3f50",
      clock: { wall: BEGIN, trusted: true, source: "ntp" },
      pending: 2,
    }),
  },
  "hello-ack-rolled-back": {
    title: "a hello-ack to a spool that was rolled back, without a new token",
    message: "hello-ack",
    bytes: encodeHelloAck({
      session: "0102030405060708",
      collector: "c0ffee0000000001",
      generation: "9e0e000000000001",
      token: "",
      standing: "rolled_back",
      time: BEGIN + 1,
      timeTrusted: true,
      epochs: [{ epoch: EPOCH, ranges: [[1, 300]] }],
      missingCatalogs: [],
      credit: CREDIT,
    }),
  },
  "hello-ack-denied": {
    title: "a hello-ack to a copy of a card",
    message: "hello-ack",
    bytes: encodeHelloAck({
      session: "0102030405060708",
      collector: "c0ffee0000000001",
      generation: "9e0e000000000001",
      token: "",
      standing: "denied",
      time: BEGIN + 1,
      timeTrusted: true,
      epochs: [],
      missingCatalogs: [],
      credit: CREDIT,
    }),
  },
  "hello-ack": {
    title: "a hello-ack with ranges, a missing catalog and credit",
    message: "hello-ack",
    bytes: encodeHelloAck({
      session: "0102030405060708",
      collector: "c0ffee0000000001",
      generation: "9e0e000000000001",
      token: "00000000000700112233445566778899",
      standing: "welcome",
      time: BEGIN + 1,
      timeTrusted: true,
      epochs: [
        { epoch: OTHER, ranges: [[1, 9]] },
        { epoch: EPOCH, ranges: [[1, 1], [3, 299], [2 ** 40, 2 ** 53 - 1]] }, // biome-ignore format: one line
      ],
      missingCatalogs: ["6d957ba5c2a0ae14" as never],
      credit: CREDIT,
    }),
  },
  "ack-and-nacks": {
    title: "one batch acked and one nacked with each code, in two epochs, and no credit",
    message: "ack",
    bytes: encodeAck({
      generation: "9e0e000000000001",
      time: BEGIN + 2,
      timeTrusted: false,
      credit: { batches: 0, bytes: 0, waitMs: 5_000 },
      answers: [
        { epoch: EPOCH, seq: 1, hash: "3b2e24b5b890bca9" as never },
        ...answers,
        { epoch: OTHER, seq: 2 ** 53 - 1, hash: "00000000000000ff" as never },
      ],
    }),
  },
  "ack-credit": {
    title: "an ack that answers nothing and gives credit",
    message: "ack",
    bytes: encodeAck({ generation: "9e0e000000000001", time: BEGIN, timeTrusted: true, credit: CREDIT, answers: [] }),
  },
  "status-online": {
    title: "an agent that is there",
    message: "status",
    bytes: encodeAgentStatus({ online: true, session: "0102030405060708" }),
  },
  "status-offline": {
    title: "an agent that is gone, as its will says",
    message: "status",
    bytes: encodeAgentStatus({ online: false, session: "0102030405060708" }),
  },
  "collector-status": {
    title: "a collector that is there",
    message: "collector-status",
    bytes: encodeCollectorStatus({ online: true, collector: "c0ffee0000000001", generation: "9e0e000000000001" }),
  },
};
