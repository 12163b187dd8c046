import { expect, test } from "vitest";
import { HASHES_AT_HAND, Ledger } from "../../../collector/ingest/ledger.ts";
import type { BatchHash } from "../../../protocol/index.ts";
import { EPOCH } from "./wire-batches.ts";

const hash = (seq: number) => seq.toString(16).padStart(16, "0") as BatchHash;

function filled(count: number): Ledger {
  const ledger = new Ledger("a", EPOCH);
  for (let seq = 1; seq <= count; seq++) ledger.settle(seq, { as: "data", hash: hash(seq) });
  return ledger;
}

test("a batch that is being committed is known by its hash and in no range", () => {
  const ledger = new Ledger("a", EPOCH);
  ledger.begin(1, hash(1));
  expect(ledger.lookUp(1)).toEqual({ as: "committing", hash: hash(1) });
  expect(ledger.ranges.list()).toEqual([]);
});

test("a batch whose commit failed was never here; one that is durable is not forgotten by that", () => {
  const ledger = filled(1);
  ledger.begin(2, hash(2));
  ledger.forget(2);
  ledger.forget(1);
  expect(ledger.lookUp(2)).toBeUndefined();
  expect(ledger.lookUp(1)).toEqual({ as: "data", hash: hash(1) });
});

test("the newest hashes are at hand, older batches are known as a range until the journal was asked", () => {
  const ledger = filled(HASHES_AT_HAND + 2);
  expect(ledger.lookUp(1)).toEqual({ as: "range" });
  expect(ledger.lookUp(2)).toEqual({ as: "range" });
  expect(ledger.lookUp(3)).toEqual({ as: "data", hash: hash(3) });
  expect(ledger.ranges.list()).toEqual([[1, HASHES_AT_HAND + 2]]);
  ledger.remember(1, { as: "data", hash: hash(1) });
  expect(ledger.lookUp(1)).toEqual({ as: "data", hash: hash(1) });
  expect(ledger.lookUp(3)).toEqual({ as: "range" });
});

test("newest is meant in the order of arrival: a backlog that came last has its hashes at hand", () => {
  const ledger = new Ledger("a", EPOCH);
  for (let seq = 1_001; seq <= 1_000 + HASHES_AT_HAND; seq++) ledger.settle(seq, { as: "data", hash: hash(seq) });
  ledger.settle(1, { as: "data", hash: hash(1) });
  expect(ledger.lookUp(1)).toEqual({ as: "data", hash: hash(1) });
  expect(ledger.lookUp(1_001)).toEqual({ as: "range" });
});

test("a batch that is being committed is never the one that is forgotten", () => {
  const ledger = new Ledger("a", EPOCH);
  ledger.begin(1, hash(1));
  for (let seq = 2; seq <= HASHES_AT_HAND + 3; seq++) ledger.settle(seq, { as: "data", hash: hash(seq) });
  expect(ledger.lookUp(1)).toEqual({ as: "committing", hash: hash(1) });
});
