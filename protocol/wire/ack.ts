/**
 * ack: the collector's word on batches, several in one message. SPEC.md section "Ack".
 *
 *   ["ack", generation, time, trusted, credit, [epoch, acked, nacked], ...]
 *   acked  = (varint seq, 8 bytes hash) ...
 *   nacked = (varint seq, 8 bytes hash, byte code) ...
 *
 * A batch is acked by nothing but its own hash: an ack for another content of the same seq marks nothing.
 */
import { z } from "zod";
import { ByteReader, ByteWriter, fromHex, toHex } from "../bytes.ts";
import { bug, Fault } from "../faults.ts";
import { LIMITS } from "../limits.ts";
import { type Credit, checked, creditShape, type HelloAck, packCredit, readCredit, readHelloAck } from "./hello.ts";
import { type BatchHash, type EpochId, HASH_BYTES } from "./identity.ts";
import { pack, unpack } from "./msgpack.ts";

/**
 * Why a batch was not taken. `quarantined` counts as an ack (it is stored raw); `version` and `denied` stop
 * sending with a long back-off and never drop; the others are dealt with at once.
 */
export type NackCode = "conflict" | "crc" | "too_big" | "catalog" | "version" | "quarantined" | "busy" | "denied";
export const NACK_CODES: readonly NackCode[] = ["conflict", "crc", "too_big", "catalog", "version", "quarantined", "busy", "denied"];

export interface Answer {
  readonly epoch: EpochId;
  readonly seq: number;
  readonly hash: BatchHash;
  /** Absent = acked: durable at the collector. */
  readonly nack?: NackCode;
}

export interface Ack {
  readonly generation: string;
  readonly time: number;
  readonly timeTrusted: boolean;
  readonly credit: Credit;
  readonly answers: readonly Answer[];
}

const ackHead = z.tuple([z.literal("ack"), z.string().max(64), z.number().int().min(0), z.boolean(), creditShape]);
const perEpoch = z.tuple([
  z.instanceof(Uint8Array).refine((bytes) => bytes.length === 8),
  z.instanceof(Uint8Array),
  z.instanceof(Uint8Array),
]);
const ackShape = ackHead.rest(perEpoch);

export function encodeAck(ack: Ack): Uint8Array {
  const epochs = [...new Set(ack.answers.map((answer) => answer.epoch))];
  const groups = epochs.map((epoch) => {
    const answers = ack.answers.filter((answer) => answer.epoch === epoch);
    return [
      fromHex(epoch),
      packAnswers(answers.filter((a) => a.nack === undefined)),
      packAnswers(answers.filter((a) => a.nack !== undefined)),
    ];
  });
  return pack(["ack", ack.generation, ack.time, ack.timeTrusted, packCredit(ack.credit), ...groups]);
}

/** Either answer that comes down the `ack` topic. @throws Fault `malformed`. */
export function decodeAnswer(bytes: Uint8Array): { readonly helloAck: HelloAck } | { readonly ack: Ack } {
  const value = unpack(bytes);
  if (Array.isArray(value) && value[0] === "hello-ack") return { helloAck: readHelloAck(value) };
  const [, generation, time, timeTrusted, credit, ...groups] = checked("ack", ackShape, value);
  const answers = groups.flatMap(([epoch, acked, nacked]) => [
    ...readAnswers(toHex(epoch), acked, false),
    ...readAnswers(toHex(epoch), nacked, true),
  ]);
  if (answers.length > LIMITS.acksPerMessage)
    throw new Fault("malformed", `ack: expected at most ${LIMITS.acksPerMessage} answers, got ${answers.length}`);
  return { ack: { generation, time, timeTrusted, credit: readCredit(credit), answers } };
}

function packAnswers(answers: readonly Answer[]): Uint8Array {
  if (answers.length > LIMITS.acksPerMessage) bug(`${answers.length} answers in one message`);
  const out = new ByteWriter(answers.length * 12);
  for (const { seq, hash, nack } of answers) {
    out.varint(seq);
    out.append(fromHex(hash));
    if (nack !== undefined) out.byte(NACK_CODES.indexOf(nack));
  }
  return out.finish();
}

function readAnswers(epoch: string, bytes: Uint8Array, nacked: boolean): Answer[] {
  const input = new ByteReader(bytes);
  const answers: Answer[] = [];
  while (input.remaining > 0) {
    const answer = { epoch: epoch as EpochId, seq: input.varint(), hash: toHex(input.take(HASH_BYTES)) as BatchHash };
    // An unknown code is of a later collector: waiting harms nothing, so it is read as busy.
    answers.push(nacked ? { ...answer, nack: NACK_CODES[input.byte()] ?? "busy" } : answer);
  }
  return answers;
}
