/**
 * hello: what an agent says on every connection, and what the collector answers. SPEC.md section "Hello".
 *
 * The hello tells what the spool holds; the answer tells what the collector has. Neither marks anything as
 * acked: the agent compares the two and offers again what is missing.
 */
import { z } from "zod";
import { ByteReader, ByteWriter, fromHex, toHex } from "../bytes.ts";
import { Fault } from "../faults.ts";
import { isLabel, type Labels } from "../labels.ts";
import { LIMITS } from "../limits.ts";
import type { CatalogHash, EpochId } from "./identity.ts";
import { pack, unpack } from "./msgpack.ts";

/** Closed interval of seqs. */
export type SeqRange = readonly [from: number, to: number];

export interface HelloEpoch {
  readonly epoch: EpochId;
  /** Oldest seq the spool still holds bytes of (pending or history); `to + 1` where it holds none. */
  readonly from: number;
  /** Highest seq ever sealed in this epoch; 0 before the first. */
  readonly to: number;
}

export interface Hello {
  /** Random per connection: says which connection an answer belongs to. 8 bytes as hex. */
  readonly session: string;
  readonly software: string;
  /** Oldest first; the last one is the current epoch. */
  readonly epochs: readonly HelloEpoch[];
  /** Catalogs that pending batches refer to. */
  readonly catalogs: readonly CatalogHash[];
  /** Fork token of the last hello-ack, hex; empty where there is none. */
  readonly token: string;
  /** Hashed device identity (SoC serial and machine id), hex. */
  readonly fingerprint: string;
  readonly clock: { readonly wall: number; readonly trusted: boolean; readonly source: string };
  /** Batches not acked yet, for `provisional` hours. */
  readonly pending: number;
  /** What people say of the agent; absent where they say nothing. */
  readonly labels?: Labels;
}

export interface HelloAckEpoch {
  readonly epoch: EpochId;
  /** Seqs the collector has as data or as a gap, ascending, at most LIMITS.rangesPerEpoch, the newest kept. */
  readonly ranges: readonly SeqRange[];
}

/**
 * How the collector takes the device that says hello. `rolled_back`: its spool is an earlier state of one that was heard
 * already, so it has to begin a new epoch. `denied`: another device has the name, and this one is a copy or a stranger.
 */
export type Standing = "welcome" | "rolled_back" | "denied";
const STANDINGS: readonly Standing[] = ["welcome", "rolled_back", "denied"];

export interface HelloAck {
  /** Echo of the hello's session. */
  readonly session: string;
  readonly collector: string;
  /** Changes when the collector's journal was made anew or restored. */
  readonly generation: string;
  /** Fork token to be kept and presented with the next hello, hex; empty = keep the one you have. */
  readonly token: string;
  readonly standing: Standing;
  readonly time: number;
  readonly timeTrusted: boolean;
  readonly epochs: readonly HelloAckEpoch[];
  /** Of the hello's catalogs, those the collector does not know. */
  readonly missingCatalogs: readonly CatalogHash[];
  readonly credit: Credit;
}

/** How much may be in flight at once; zero batches = wait, then probe with one. */
export interface Credit {
  readonly batches: number;
  readonly bytes: number;
  /** Milliseconds to wait where `batches` is 0. */
  readonly waitMs: number;
}

const hexOf = (bytes: number) =>
  z
    .instanceof(Uint8Array)
    .refine((value) => value.length === bytes, `expected ${bytes} bytes`)
    .transform(toHex);
const seq = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const instant = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const token = z
  .instanceof(Uint8Array)
  .refine((value) => value.length <= 32)
  .transform(toHex);

const label = z.tuple([z.string(), z.string()]).refine(([key, value]) => isLabel(key, value), "expected a label");
const labelList = z
  .array(label)
  .min(1)
  .max(LIMITS.labelsPerAgent)
  .refine((list) => list.every(([key], i) => i === 0 || key > (list[i - 1]?.[0] ?? "")), "expected labels in the order of their names");

const helloShape = z.tuple([
  z.literal("hello"),
  hexOf(8),
  z.string().max(40),
  z.array(z.tuple([hexOf(8), seq, seq])).max(LIMITS.epochsPerHello),
  z.array(hexOf(8)).max(LIMITS.catalogsPerHello),
  token,
  token,
  z.tuple([instant, z.boolean(), z.string().max(40)]),
  seq,
  labelList.optional(),
]);

const creditShape = z.tuple([z.number().int().min(0).max(1024), z.number().int().min(0), z.number().int().min(0).max(3_600_000)]);

const helloAckShape = z.tuple([
  z.literal("hello-ack"),
  hexOf(8),
  z.string().max(64),
  z.string().max(64),
  token,
  z
    .number()
    .int()
    .min(0)
    .max(STANDINGS.length - 1),
  instant,
  z.boolean(),
  z.array(z.tuple([hexOf(8), z.instanceof(Uint8Array)])).max(LIMITS.epochsPerHello),
  z.array(hexOf(8)).max(LIMITS.catalogsPerHello),
  creditShape,
]);

export function encodeHello(hello: Hello): Uint8Array {
  const labels = Object.entries(hello.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return pack([
    "hello",
    fromHex(hello.session),
    hello.software,
    hello.epochs.map(({ epoch, from, to }) => [fromHex(epoch), from, to]),
    hello.catalogs.map(fromHex),
    fromHex(hello.token),
    fromHex(hello.fingerprint),
    [hello.clock.wall, hello.clock.trusted, hello.clock.source],
    hello.pending,
    ...(labels.length > 0 ? [labels] : []),
  ]);
}

/** @throws Fault `malformed`. */
export function decodeHello(bytes: Uint8Array): Hello {
  const [, session, software, epochs, catalogs, forkToken, fingerprint, clock, pending, labels] = shaped("hello", helloShape, bytes);
  return {
    session,
    software,
    epochs: epochs.map(([epoch, from, to]) => ({ epoch: epoch as EpochId, from, to })),
    catalogs: catalogs as CatalogHash[],
    token: forkToken,
    fingerprint,
    clock: { wall: clock[0], trusted: clock[1], source: clock[2] },
    pending,
    ...(labels !== undefined && { labels: Object.fromEntries(labels) }),
  };
}

export function encodeHelloAck(ack: HelloAck): Uint8Array {
  return pack([
    "hello-ack",
    fromHex(ack.session),
    ack.collector,
    ack.generation,
    fromHex(ack.token),
    STANDINGS.indexOf(ack.standing),
    ack.time,
    ack.timeTrusted,
    ack.epochs.map(({ epoch, ranges }) => [fromHex(epoch), packRanges(ranges)]),
    ack.missingCatalogs.map(fromHex),
    packCredit(ack.credit),
  ]);
}

/** @internal shape of a hello-ack after `unpack`; ack.ts tells the two kinds of answer apart. */
export function readHelloAck(value: unknown): HelloAck {
  const [, session, collector, generation, forkToken, standing, time, timeTrusted, epochs, missing, credit] = checked(
    "hello-ack",
    helloAckShape,
    value,
  );
  return {
    session,
    collector,
    generation,
    token: forkToken,
    standing: STANDINGS[standing] ?? "denied",
    time,
    timeTrusted,
    epochs: epochs.map(([epoch, ranges]) => ({ epoch: epoch as EpochId, ranges: readRanges(ranges) })),
    missingCatalogs: missing as CatalogHash[],
    credit: readCredit(credit),
  };
}

/** Ascending ranges as varints: distance from the end of the one before, then length - 1. */
function packRanges(ranges: readonly SeqRange[]): Uint8Array {
  const out = new ByteWriter();
  let before = 0;
  for (const [from, to] of ranges) {
    out.varint(from - before);
    out.varint(to - from);
    before = to;
  }
  return out.finish();
}

function readRanges(bytes: Uint8Array): SeqRange[] {
  const input = new ByteReader(bytes);
  const ranges: SeqRange[] = [];
  let before = 0;
  while (input.remaining > 0) {
    const from = before + input.varint();
    const to = from + input.varint();
    if (from === before || !Number.isSafeInteger(to) || ranges.length >= LIMITS.rangesPerEpoch)
      throw new Fault("malformed", `hello-ack: expected at most ${LIMITS.rangesPerEpoch} ascending ranges of seqs`);
    ranges.push([from, to]);
    before = to;
  }
  return ranges;
}

export function packCredit({ batches, bytes, waitMs }: Credit): number[] {
  return [batches, bytes, waitMs];
}

export function readCredit(credit: z.infer<typeof creditShape>): Credit {
  return { batches: credit[0], bytes: credit[1], waitMs: credit[2] };
}

export { creditShape };

export function checked<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Fault("malformed", `${what}: at ${issue?.path.join(".") ?? "the root"}: ${issue?.message ?? "another shape expected"}`);
}

function shaped<T>(what: string, schema: z.ZodType<T>, bytes: Uint8Array): T {
  return checked(what, schema, unpack(bytes));
}
