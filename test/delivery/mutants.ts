/**
 * mutants: the product with one rule switched off, as wrappers around its parts. The simulation has to notice each.
 * `only` names the faults that the rule is there for, where they seldom meet by chance.
 */
import type { BatchInfo, BatchKey, SpoolFile } from "../../agent/spool/spool-file.ts";
import type { DeliveryEvent } from "../../agent/uplink/delivery-events.ts";
import { type DeliveryState, keyOf } from "../../agent/uplink/delivery-state.ts";
import { type IngestEffect, type IngestEvent, type IngestState, ledgerOf } from "../../collector/ingest/delivery.ts";
import { type Answer, decodeDataBody, encodeBatch, encodeDataBody, openBody, parseBatch } from "../../protocol/index.ts";
import { GOOD_NET } from "./net.ts";
import { RULES } from "./rules.ts";
import type { Plan } from "./simulate.ts";

/** Where one seq gets two contents: what one life of a spool has sent arrives when the next one counts there too. */
const TWO_LIVES: Plan = {
  only: ["a power cut shows that the disk kept nothing of the last seconds", "a copy of the spool is made", "the spool is rolled back"],
  until: 300_000,
};

/**
 * A copy takes over while the first device is off. What it has on its way then comes to a collector from before that, which the
 * first one reaches first.
 */
const FORGOTTEN: Plan = {
  faults: [
    { at: 59_000, fault: "the collector's backup is made" },
    { at: 60_000, fault: "the agent is killed" },
    { at: 60_100, fault: "a second device starts with a copy of the card" },
    { at: 200_000, fault: "the second device is off for a while" },
    { at: 200_001, fault: "the collector is restored from an older backup" },
    { at: 200_002, fault: "the agent is killed" },
  ],
  net: { ...GOOD_NET, lateBatches: 0.7, lateDelay: 50_000 },
  until: 260_000,
};

export interface Mutant extends Plan {
  /** Which promise has to be found broken; any, where it is not said. */
  readonly expected?: RegExp;
}

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  "an ack counts whatever its hash": {
    only: ["a power cut shows that the disk kept nothing of the last seconds"],
    until: 300_000,
    rules: {
      ...RULES,
      agentStep: (state, event, now) => RULES.agentStep(state, withTrustedHashes(state, event), now),
      markAcked: (spool, answers) =>
        spool.markAcked(answers.map((answer) => ({ ...answer, hash: spool.find(answer)?.hash ?? answer.hash }))),
    },
  },
  "readings are stored without natural key": { rules: { ...RULES, keyOf: (reading, row) => `${row}/${reading}` } },
  "other content under a known seq is taken for a resend": {
    ...TWO_LIVES,
    rules: {
      ...RULES,
      collectorStep: (state, event) =>
        RULES.collectorStep(state, event).map((effect) => {
          if (effect.kind !== "answer" || effect.answer.nack !== "conflict") return effect;
          const { epoch, seq, hash } = effect.answer;
          return { ...effect, answer: { epoch, seq, hash } };
        }),
    },
  },
  "a batch in conflict is given up, not sealed again in a new epoch": {
    ...TWO_LIVES,
    rules: {
      ...RULES,
      reseal: (spool, key, reason, now) => {
        if (reason !== "conflict") return RULES.reseal(spool, key, reason, now);
        spool.remove(key);
        return [];
      },
    },
  },
  "what the collector lost is not pending again": {
    rules: {
      ...RULES,
      reconcile: (spool, greeting, now) => {
        const epochs = greeting.epochs.map(({ epoch, ranges }) => {
          const sealed = spool.epochs.all().find((own) => own.epoch === epoch)?.sealed ?? 0;
          const highest = Math.max(sealed, ranges.at(-1)?.[1] ?? 0);
          return { epoch, ranges: highest === 0 ? [] : [[1, highest] as const] };
        });
        return RULES.reconcile(spool, { ...greeting, epochs }, now);
      },
    },
  },
  "a wiped or rolled back spool counts on in the epoch of the one before": {
    rules: { ...RULES, openSpool: (db, random) => withoutEpochs(RULES.openSpool(db, random)) },
  },
  "nobody asks which device it is": {
    only: ["a second device starts with a copy of the card", "the connection is cut"],
    expected: /^a series holds readings of two devices$/,
    rules: {
      ...RULES,
      collectorStep: (state, event) => {
        if (event.kind === "hello") state.holders.delete(event.agent);
        return RULES.collectorStep(state, event);
      },
    },
  },
  "a batch is taken under an epoch that no hello has named": {
    ...FORGOTTEN,
    expected: /^a series holds readings of two devices$/,
    rules: {
      ...RULES,
      collectorStep: (state, event) => (event.kind === "batch" ? takenUnnamed(state, event) : RULES.collectorStep(state, event)),
    },
  },
  "a copied card goes on in the epoch of its origin": {
    only: ["a second device starts with a copy of the card", "a copy of the spool is made", "the connection is cut"],
    rules: { ...RULES, useDevice: () => undefined },
  },
  "a batch that was offered is written anew": {
    expected: /was sent and never sealed so$/,
    rules: {
      ...RULES,
      bytesToSend: (spool, key, now) => {
        const bytes = RULES.bytesToSend(spool, key, now);
        return bytes === undefined ? undefined : thinned(spool, key, bytes);
      },
    },
  },
  "a gap beats the data that comes behind it": {
    rules: {
      ...RULES,
      collectorStep: (state, event) => (isDeclared(state, event) ? [acked(event)] : RULES.collectorStep(state, event)),
    },
  },
  "a batch is acked when it comes, not when it is committed": {
    rules: {
      ...RULES,
      collectorStep: (state, event) => {
        const effects = RULES.collectorStep(state, event);
        return event.kind === "batch" && effects[0]?.kind === "admit" ? [...effects, acked(event)] : effects;
      },
    },
  },
};

/** As if the holder had said hello, and named it, whoever that is. */
function takenUnnamed(state: IngestState, event: Extract<IngestEvent, { kind: "batch" }>): IngestEffect[] {
  const holder = state.holders.get(event.agent);
  const named = { epoch: event.header.epoch, from: 1, to: 0 };
  state.holders.set(event.agent, { token: "", before: [], fingerprint: "", isReplaceable: false, arrived: 0, ...holder, epochs: [named] });
  const isGreeted = state.greeted.has(event.agent);
  state.greeted.add(event.agent);
  const effects = RULES.collectorStep(state, event);
  if (holder === undefined) state.holders.delete(event.agent);
  else state.holders.set(event.agent, holder);
  if (!isGreeted) state.greeted.delete(event.agent);
  return effects;
}

/** Every epoch is the same one. */
function withoutEpochs(spool: SpoolFile): SpoolFile {
  spool.db.prepare("UPDATE epoch SET epoch = '0000000000000001' WHERE id = (SELECT MIN(id) FROM epoch)").run();
  spool.epochs.mint = () => spool.epochs.current().epoch;
  return spool;
}

/** What `when_full: thin` must never do to a batch that was offered: fewer readings under the same seq. */
function thinned(spool: SpoolFile, { epoch, seq }: BatchKey, bytes: Uint8Array): Uint8Array {
  const parsed = parseBatch(bytes);
  const { kind, catalog, count } = parsed.header;
  if (kind !== "data") return bytes;
  const { totals, frames } = decodeDataBody(openBody(parsed), count);
  const body = encodeDataBody({ totals: { ...totals, dropped: totals.dropped + 1 }, frames });
  const anew = encodeBatch({ kind, epoch, seq, count, catalog }, body);
  spool.db
    .prepare("UPDATE batch SET bytes = ?, hash = ? WHERE epoch = (SELECT id FROM epoch WHERE epoch = ?) AND seq = ?")
    .run(anew.bytes, anew.hash, epoch, seq);
  return anew.bytes;
}

function withTrustedHashes(state: DeliveryState, event: DeliveryEvent): DeliveryEvent {
  if (event.kind !== "ack") return event;
  const known = (answer: Answer): BatchInfo | undefined => state.flights.get(keyOf(answer))?.batch ?? state.queue.find(answer);
  const answers = event.message.answers.map((answer) => ({ ...answer, hash: known(answer)?.hash ?? answer.hash }));
  return { ...event, message: { ...event.message, answers } };
}

function isDeclared(state: IngestState, event: IngestEvent): event is Extract<IngestEvent, { kind: "batch" }> {
  return event.kind === "batch" && ledgerOf(state, event.agent, event.header.epoch).lookUp(event.header.seq)?.as === "gap";
}

function acked({ agent, header: { epoch, seq, hash } }: Extract<IngestEvent, { kind: "batch" }>): IngestEffect {
  return { kind: "answer", agent, answer: { epoch, seq, hash } };
}
