/**
 * memory-spool: the spool of a simulated agent: the delivery rules of a spool, without a disk.
 *
 * - A batch is sealed once, and its bytes are published as they are, however often.
 * - It is kept until an ack names its hash, and no longer: a collector that loses what it acked cannot get it back, and
 *   the check at the end of the run says so.
 * - There is no journal, no quota and no restart.
 */
import type { BatchInfo, Spool } from "../../agent/index.ts";
import {
  type Answer,
  type BatchHeader,
  bug,
  type Catalog,
  type CatalogHash,
  type CatalogRef,
  type Clock,
  catalogHash,
  catalogRef,
  type EpochId,
  encodeBatch,
  encodeCatalog,
  encodeGaps,
  epochId,
  type Gap,
  type HelloAck,
  type HelloAckEpoch,
  LIMITS,
  type Micros,
  NO_CATALOG,
  type Random,
  toHex,
} from "../../protocol/index.ts";

type Key = Pick<BatchInfo, "epoch" | "seq">;

interface Kept {
  readonly info: BatchInfo;
  readonly body: Uint8Array;
  readonly bytes: Uint8Array;
  readonly sealedAt: Micros;
  sentAt: Micros | undefined;
}

interface Epoch {
  readonly epoch: EpochId;
  readonly order: number;
  sealed: number;
}

export interface MemorySpoolOptions {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly random: Random;
  /** A data batch was acked that was first sent at `sentAt` of the monotonic clock. */
  readonly onAcked: (sentAt: Micros) => void;
}

const notInAFleet = () => bug("the uplink asked for what only sampling asks of a spool");

export class MemorySpool implements Spool {
  readonly #options: MemorySpoolOptions;
  readonly #catalog: { readonly body: Uint8Array; readonly hash: CatalogHash };
  readonly #epochs: Epoch[] = [];
  /** What is not acked, in the order of sealing. */
  readonly #kept = new Map<string, Kept>();
  /** Seqs that are gone and declared. */
  readonly #declared = new Set<string>();
  readonly open = notInAFleet;
  readonly commit = notInAFleet;
  readonly seal = notInAFleet;
  readonly status = notInAFleet;
  readonly close = notInAFleet;
  readonly newestPlace = notInAFleet;
  readonly pendingUpTo = notInAFleet;
  readonly addCatalog = notInAFleet;
  readonly switchCatalog = notInAFleet;
  /** Each agent of a fleet is a device of its own. */
  readonly #fingerprint: string;
  #token = "";

  constructor(options: MemorySpoolOptions) {
    this.#options = options;
    const body = encodeCatalog(options.catalog);
    this.#catalog = { body, hash: catalogHash(body) };
    this.#fingerprint = toHex(options.random.bytes(8));
    this.#mint();
    this.#insert("catalog", 0, body);
  }

  /** Batches that are not acked. */
  get waiting(): number {
    return this.#kept.size;
  }

  /** When the oldest batch was sealed that is not acked; undefined where there is none. */
  get waitingSince(): Micros | undefined {
    return this.#kept.values().next().value?.sealedAt;
  }

  /** Seals readings under the next seq. @param body as `encodeDataBody` made it. */
  sealData(count: number, body: Uint8Array): BatchInfo {
    return this.#insert("data", count, body);
  }

  async pending(after: { readonly epochOrder: number; readonly seq: number }, limit: number): Promise<BatchInfo[]> {
    const found: BatchInfo[] = [];
    for (const { info } of this.#kept.values()) {
      const isBehind = info.epochOrder > after.epochOrder || (info.epochOrder === after.epochOrder && info.seq > after.seq);
      if (isBehind && found.push(info) === limit) break;
    }
    return found;
  }

  async bytesToSend(key: Key): Promise<Uint8Array | undefined> {
    const kept = this.#kept.get(nameOf(key));
    if (kept !== undefined) kept.sentAt ??= this.#options.clock.monotonic();
    return kept?.bytes;
  }

  async acked(answers: readonly Answer[]): Promise<void> {
    for (const answer of answers) {
      const kept = this.#kept.get(nameOf(answer));
      if (kept === undefined || kept.info.hash !== answer.hash) continue;
      this.#kept.delete(nameOf(answer));
      if (kept.info.kind === "data") this.#options.onAcked(kept.sentAt ?? bug("a batch was acked that was never sent"));
    }
  }

  async reconcile({ epochs: theirs, token, standing }: Pick<HelloAck, "epochs" | "token" | "standing">) {
    if (token !== "") this.#token = token;
    const nowhere: Gap[] = [];
    let rolledBack = standing === "rolled_back";
    for (const { epoch, sealed } of this.#epochs) {
      const ranges = theirs.find((entry) => entry.epoch === epoch)?.ranges;
      if (ranges === undefined) continue;
      if (epoch === this.#epoch.epoch && (ranges.at(-1)?.[1] ?? 0) > sealed) rolledBack = true;
      for (const seq of absent(ranges, sealed)) {
        const name = nameOf({ epoch, seq });
        if (this.#kept.has(name) || this.#declared.has(name) || nowhere.length >= LIMITS.gapsPerBatch) continue;
        this.#declared.add(name);
        nowhere.push({ epoch, seq, count: 0, reason: "evicted_after_ack" });
      }
    }
    if (rolledBack) this.#mint();
    return { rewound: [], gaps: nowhere.length > 0 ? [this.#declare(nowhere)] : [], rolledBack };
  }

  /** The readings of a batch under a new seq, and a gap in its old place. */
  async reseal(key: Key, reason: "conflict" | "too_big"): Promise<BatchInfo[]> {
    const kept = this.#kept.get(nameOf(key));
    if (kept === undefined) return [];
    if (reason === "too_big") bug("a fleet's batch is too big, which its options do not allow");
    this.#mint();
    this.#kept.delete(nameOf(key));
    this.#declared.add(nameOf(key));
    return [
      this.#insert(kept.info.kind, kept.info.count, kept.body),
      this.#declare([{ epoch: key.epoch, seq: key.seq, count: 0, reason: "resealed" }]),
    ];
  }

  /** Nothing of a fleet goes ahead of the rest. */
  async urgentPending(): Promise<BatchInfo[]> {
    return [];
  }

  async resendCatalog(ref: string): Promise<BatchInfo | undefined> {
    return ref === catalogRef(this.#catalog.hash) ? this.#insert("catalog", 0, this.#catalog.body) : undefined;
  }

  async catalogOf(key: Key): Promise<CatalogRef | undefined> {
    return this.#kept.has(nameOf(key)) ? catalogRef(this.#catalog.hash) : undefined;
  }

  async hello() {
    const oldest = new Map<EpochId, number>();
    for (const { info } of this.#kept.values()) if (!oldest.has(info.epoch)) oldest.set(info.epoch, info.seq);
    const epochs = this.#epochs.map(({ epoch, sealed }) => ({ epoch, from: oldest.get(epoch) ?? sealed + 1, to: sealed }));
    const device = { token: this.#token, fingerprint: this.#fingerprint };
    return { epochs: epochs.slice(-LIMITS.epochsPerHello), catalogs: [this.#catalog.hash], pending: this.#kept.size, ...device };
  }

  get #epoch(): Epoch {
    return this.#epochs.at(-1) ?? bug("a spool without an epoch");
  }

  #mint(): void {
    this.#epochs.push({ epoch: epochId(this.#options.random.bytes(8)), order: this.#epochs.length + 1, sealed: 0 });
  }

  #declare(gaps: readonly Gap[]): BatchInfo {
    return this.#insert("gap", 0, encodeGaps(gaps));
  }

  #insert(kind: BatchHeader["kind"], count: number, body: Uint8Array): BatchInfo {
    const epoch = this.#epoch;
    epoch.sealed += 1;
    const catalog = kind === "data" ? catalogRef(this.#catalog.hash) : NO_CATALOG;
    const { hash, bytes } = encodeBatch({ kind, epoch: epoch.epoch, seq: epoch.sealed, count, catalog }, body);
    const info = { epoch: epoch.epoch, epochOrder: epoch.order, seq: epoch.sealed, kind, hash, count, size: bytes.length };
    this.#kept.set(nameOf(info), { info, body, bytes, sealedAt: this.#options.clock.monotonic(), sentAt: undefined });
    return info;
  }
}

function nameOf({ epoch, seq }: Key): string {
  return `${epoch}/${seq}`;
}

/** Seqs up to `sealed` in no range. Where the list is as long as it may be, nothing before its first range is judged. */
function* absent(ranges: HelloAckEpoch["ranges"], sealed: number): Generator<number> {
  let next = ranges.length >= LIMITS.rangesPerEpoch ? (ranges[0]?.[0] ?? 1) : 1;
  for (const [from, to] of ranges) {
    for (; next < from && next <= sealed; next++) yield next;
    next = Math.max(next, to + 1);
  }
  for (; next <= sealed; next++) yield next;
}
