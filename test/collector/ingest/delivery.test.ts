import fc from "fast-check";
import { expect, test } from "vitest";
import { type CommittedEntry, type IngestEffect, type IngestState, newIngest, step, takeGaps } from "../../../collector/ingest/delivery.ts";
import { type BatchHeader, type CatalogHash, type EpochId, type Gap, LIMITS } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { AIR, catalogBatch, dataBatch, EPOCH, gapBatch, headerOf, OTHER_EPOCH, refOf, samples } from "./wire-batches.ts";

const CATALOG_HASH = `${refOf(AIR)}00000000` as CatalogHash;
const header = (seq: number, value = seq) => headerOf(dataBatch(seq, [samples([value])]));

function arrive(state: IngestState, batch: BatchHeader, busy = false): string {
  return shown(step(state, { kind: "batch", agent: "a", header: batch, busy }));
}

function commit(state: IngestState, batch: BatchHeader, more: Partial<CommittedEntry> = {}): string {
  return shown(step(state, { kind: "committed", entries: [entry(batch, more)] }));
}

function entry(batch: BatchHeader, more: Partial<CommittedEntry> = {}): CommittedEntry {
  return { agent: "a", header: batch, unreadable: false, gaps: [], catalog: undefined, ...more };
}

/** `admit`, `join`, `ack 3`, `conflict 3` ... */
function shown(effects: readonly IngestEffect[]): string {
  return effects
    .map((effect) => (effect.kind === "answer" ? `${effect.answer.nack ?? "ack"} ${effect.answer.seq}` : effect.kind))
    .join(", ");
}

function greeted(state: IngestState, epochs = [EPOCH], agent = "a"): Extract<IngestEffect, { kind: "greet" }> {
  const rest = { session: "00", software: "test", token: "", fingerprint: "", clock: { wall: 0, trusted: true, source: "" }, pending: 0 };
  const hello = { ...rest, catalogs: [CATALOG_HASH], epochs: epochs.map((epoch) => ({ epoch, from: 1, to: 9 })) };
  const [effect] = step(state, { kind: "hello", agent, hello, random: "0011223344556677" });
  if (effect?.kind !== "greet") throw new Error("the hello was not answered");
  return effect;
}

/** A collector that heard the agent's hello. */
function withHello(): IngestState {
  const state = newIngest();
  greeted(state, [EPOCH, OTHER_EPOCH]);
  return state;
}

/** One that has its catalog under seq 1, too. */
function withCatalog(): IngestState {
  const state = withHello();
  const catalog = headerOf(catalogBatch(1));
  arrive(state, catalog);
  commit(state, catalog, { catalog: CATALOG_HASH });
  return state;
}

test("a new batch is admitted, and acked only when it is committed", () => {
  const state = withCatalog();
  expect(arrive(state, header(2))).toBe("admit");
  expect(commit(state, header(2))).toBe("ack 2");
});

test("a resend of what is durable is acked at once, however often, even where there is no room", () => {
  const state = withCatalog();
  arrive(state, header(2));
  commit(state, header(2));
  expect(arrive(state, header(2))).toBe("ack 2");
  expect(arrive(state, header(2), true)).toBe("ack 2");
});

test("a batch that comes again while it is being committed waits for that commit", () => {
  const state = withCatalog();
  arrive(state, header(2));
  expect(arrive(state, header(2))).toBe("join");
  expect(arrive(state, header(2), true)).toBe("join");
});

test.each(["durable", "being committed"])("another content under a seq that is %s is a conflict, and changes nothing", (when) => {
  const state = withCatalog();
  arrive(state, header(2));
  if (when === "durable") commit(state, header(2));
  expect(arrive(state, header(2, 99))).toBe("conflict 2");
  expect(arrive(state, header(2))).toBe(when === "durable" ? "ack 2" : "join");
});

test("data whose catalog is not durable is sent back for it; gaps and catalogs need none", () => {
  const state = withHello();
  expect(arrive(state, header(2))).toBe("catalog 2");
  const catalog = headerOf(catalogBatch(1));
  expect(arrive(state, catalog)).toBe("admit");
  expect(arrive(state, header(2))).toBe("catalog 2");
  commit(state, catalog, { catalog: CATALOG_HASH });
  expect(arrive(state, header(2))).toBe("admit");
  expect(arrive(withHello(), headerOf(gapBatch(3, [{ seq: 2, count: 1, reason: "dropped_oldest" }])))).toBe("admit");
});

test("a catalog of one agent serves no other", () => {
  const state = withCatalog();
  greeted(state, [EPOCH], "b");
  expect(shown(step(state, { kind: "batch", agent: "b", header: header(2), busy: false }))).toBe("catalog 2");
});

test("what no hello has named is denied, whatever else is known of it, and leaves no trace", () => {
  const state = withCatalog();
  greeted(state, [OTHER_EPOCH]);
  for (const seq of [1, 2]) expect(arrive(state, header(seq))).toBe(`denied ${seq}`);
  expect(arrive(newIngest(), header(1))).toBe("denied 1");
  greeted(state, [EPOCH, OTHER_EPOCH]);
  expect(arrive(state, header(2))).toBe("admit");
});

test("a collector that began anew takes nothing before a hello, and acks what it has", () => {
  const state = withCatalog();
  arrive(state, header(2));
  commit(state, header(2));
  state.greeted.clear();
  expect([header(2), header(2, 99), header(3)].map((batch) => arrive(state, batch))).toEqual(["ack 2", "denied 2", "denied 3"]);
  greeted(state, [EPOCH, OTHER_EPOCH]);
  expect([header(2, 99), header(3)].map((batch) => arrive(state, batch))).toEqual(["conflict 2", "admit"]);
});

test("without room a new batch is busy, and nothing is remembered of it", () => {
  const state = withCatalog();
  expect(arrive(state, header(2), true)).toBe("busy 2");
  expect(arrive(state, header(2, 7))).toBe("admit");
});

test("a batch of more readings than allowed is too big before it is opened", () => {
  const state = withCatalog();
  expect(arrive(state, { ...header(2), count: LIMITS.readingsPerBatch })).toBe("admit");
  expect(arrive(state, { ...header(3), count: LIMITS.readingsPerBatch + 1 })).toBe("too_big 3");
});

test("after a commit that failed the batch is busy, and may come again", () => {
  const state = withCatalog();
  arrive(state, header(2));
  expect(shown(step(state, { kind: "commit_failed", entries: [entry(header(2))] }))).toBe("busy 2");
  expect(greeted(state).epochs).toEqual([{ epoch: EPOCH, ranges: [[1, 1]] }]);
  expect(arrive(state, header(2))).toBe("admit");
});

test("what was kept raw is answered as quarantined the first time, and is durable like any other", () => {
  const state = withCatalog();
  arrive(state, header(2));
  expect(commit(state, header(2), { unreadable: true })).toBe("quarantined 2");
  expect(arrive(state, header(2))).toBe("ack 2");
});

test("a declared gap counts as there, and data that comes after it is taken all the same", () => {
  const state = withCatalog();
  const declaration = headerOf(gapBatch(4, []));
  const gaps: Gap[] = [{ epoch: EPOCH, seq: 2, count: 5, reason: "dropped_oldest" }];
  arrive(state, declaration);
  expect(commit(state, declaration, { gaps })).toBe("ack 4");
  expect(greeted(state).epochs[0]?.ranges).toEqual([
    [1, 2],
    [4, 4],
  ]);
  expect(arrive(state, header(2))).toBe("admit");
  expect(commit(state, header(2))).toBe("ack 2");
  expect(arrive(state, header(2, 99))).toBe("conflict 2");
});

test("a gap declared for what is there, or on its way, takes nothing away", () => {
  const state = withCatalog();
  arrive(state, header(2));
  commit(state, header(2));
  arrive(state, header(3));
  const declaration = headerOf(gapBatch(4, []));
  arrive(state, declaration);
  const gaps = [2, 3].map((seq) => ({ epoch: EPOCH, seq, count: 1, reason: "dropped_oldest" }));
  commit(state, declaration, { gaps });
  expect(arrive(state, header(2))).toBe("ack 2");
  expect(arrive(state, header(3))).toBe("join");
});

test("a gap that names its content gives way to that content alone: any other is a conflict", () => {
  const state = withCatalog();
  const declaration = headerOf(gapBatch(4, []));
  arrive(state, declaration);
  commit(state, declaration, { gaps: [{ epoch: EPOCH, seq: 2, hash: header(2).hash, count: 5, reason: "dropped_oldest" }] });
  expect(arrive(state, header(2, 99))).toBe("conflict 2");
  expect(arrive(state, header(2))).toBe("admit");
});

const numberedEpoch = (number: number) => number.toString(16).padStart(16, "0") as EpochId;
const gapOf = (epoch: EpochId): Gap => ({ epoch, seq: 1, count: 1, reason: "corrupt" });

test("gaps are taken of epochs that the last hello named, or that are known already; others leave no trace", () => {
  const state = withCatalog();
  greeted(state, [OTHER_EPOCH]);
  const gaps = [gapOf(EPOCH), gapOf(numberedEpoch(7)), gapOf(OTHER_EPOCH)];
  expect(takeGaps(state, "a", gaps)).toEqual([gaps[0], gaps[2]]);
  expect(takeGaps(newIngest(), "a", gaps)).toEqual([]);
  expect([...(state.ledgers.get("a")?.keys() ?? [])]).toEqual([EPOCH, OTHER_EPOCH]);
});

test("an agent has 1,024 epochs: beyond them its batches are denied and its gaps left out, whatever its hello names", () => {
  const state = withCatalog();
  const most = LIMITS.epochsPerAgent;
  const all = Array.from({ length: most + 10 }, (_, index) => numberedEpoch(index + 1));
  greeted(state, all.slice(-LIMITS.epochsPerHello)); // a full list: older ones count as named
  const taken = takeGaps(state, "a", all.map(gapOf));
  expect(taken).toHaveLength(most - 1); // and the one of its catalog
  const beyond = headerOf(dataBatch(2, [samples([1])], { epoch: numberedEpoch(most + 1) }));
  const within = headerOf(dataBatch(2, [samples([1])], { epoch: numberedEpoch(1) }));
  expect([arrive(state, beyond), arrive(state, within)]).toEqual(["denied 2", "admit"]);
});

test("a batch that is not admitted takes no epoch", () => {
  const state = withHello();
  expect(arrive(state, header(2))).toBe("catalog 2");
  expect(arrive(state, header(2), true)).toBe("busy 2");
  expect(state.ledgers.get("a")).toBeUndefined();
});

test("a hello is told what is there of each epoch and which catalogs are not", () => {
  const known = greeted(withCatalog(), [OTHER_EPOCH, EPOCH]);
  expect(known.epochs).toEqual([
    { epoch: OTHER_EPOCH, ranges: [] },
    { epoch: EPOCH, ranges: [[1, 1]] },
  ]);
  expect(known.missingCatalogs).toEqual([]);
  expect(greeted(newIngest()).missingCatalogs).toEqual([CATALOG_HASH]);
});

test("a hello that names epochs nobody has leaves no trace of them", () => {
  const state = withCatalog();
  greeted(state, [OTHER_EPOCH]);
  expect([...(state.ledgers.get("a")?.keys() ?? [])]).toEqual([EPOCH]);
});

type Happening =
  | { readonly kind: "arrive"; readonly seq: number; readonly value: number; readonly busy: boolean }
  | { readonly kind: "commit" | "fail" };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("arrive" as const),
      seq: fc.integer({ min: 2, max: 6 }),
      value: fc.constantFrom(1, 1, 1, 2),
      busy: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("commit" as const, "commit" as const, "fail" as const) }) },
);

test("in any order of arrivals, resends, commits and failures a seq is admitted once at a time, with one content for good, and acked only after its commit", () => {
  const numRuns = effort("collector-delivery", { quick: 300, test: 1_000, prove: 20_000 });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
      const state = withCatalog();
      const durable = new Map<number, string>();
      let group: BatchHeader[] = [];
      for (const each of happenings) {
        if (each.kind === "arrive") {
          const batch = header(each.seq, each.value);
          const effect = arrive(state, batch, each.busy);
          const inGroup = group.find(({ seq }) => seq === each.seq);
          const expected = durable.get(each.seq) ?? inGroup?.hash;
          if (expected !== undefined && expected !== batch.hash) expect(effect).toBe(`conflict ${each.seq}`);
          else if (durable.has(each.seq)) expect(effect).toBe(`ack ${each.seq}`);
          else if (inGroup !== undefined) expect(effect).toBe("join");
          else expect(effect).toBe(each.busy ? `busy ${each.seq}` : "admit");
          if (effect === "admit") group.push(batch);
        } else {
          const kind = each.kind === "commit" ? "committed" : "commit_failed";
          const effects = step(state, { kind, entries: group.map((batch) => entry(batch)) });
          expect(shown(effects)).toBe(group.map(({ seq }) => `${each.kind === "commit" ? "ack" : "busy"} ${seq}`).join(", "));
          if (each.kind === "commit") for (const { seq, hash } of group) durable.set(seq, hash);
          group = [];
        }
      }
      const ranges = greeted(state).epochs[0]?.ranges ?? [];
      const there = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
      expect(there).toEqual([1, ...durable.keys()].sort((a, b) => a - b));
    }),
    { numRuns },
  );
});
