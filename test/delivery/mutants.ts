/**
 * mutants: the product with one rule switched off, as wrappers around its parts. The simulation has to notice each.
 * `only` names the faults that the rule is there for, where they seldom meet by chance.
 */
import type { BatchInfo } from "../../agent/spool/spool-file.ts";
import type { DeliveryState } from "../../agent/uplink/delivery.ts";
import { keyOf } from "../../agent/uplink/delivery.ts";
import type { DeliveryEvent } from "../../agent/uplink/delivery-events.ts";
import { type IngestEffect, type IngestEvent, type IngestState, ledgerOf } from "../../collector/ingest/delivery.ts";
import type { Answer } from "../../protocol/index.ts";
import { RULES } from "./rules.ts";
import type { Plan } from "./simulate.ts";

export const MUTANTS: Readonly<Record<string, Plan>> = {
  "an ack counts whatever its hash": {
    only: ["a power cut shows that the disk kept nothing of the last seconds"],
    rules: {
      ...RULES,
      agentStep: (state, event, now) => RULES.agentStep(state, withTrustedHashes(state, event), now),
      markAcked: (spool, answers) =>
        spool.markAcked(answers.map((answer) => ({ ...answer, hash: spool.find(answer)?.hash ?? answer.hash }))),
    },
  },
  "readings are stored without natural key": { rules: { ...RULES, keyOf: (reading, row) => `${row}/${reading}` } },
  "other content under a known seq is taken for a resend": {
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
      reconcile: (spool, theirs, now) => {
        const complete = theirs.map(({ epoch, ranges }) => {
          const sealed = spool.epochs().find((own) => own.epoch === epoch)?.sealed ?? 0;
          const highest = Math.max(sealed, ranges.at(-1)?.[1] ?? 0);
          return { epoch, ranges: highest === 0 ? [] : [[1, highest] as const] };
        });
        return RULES.reconcile(spool, complete, now);
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
