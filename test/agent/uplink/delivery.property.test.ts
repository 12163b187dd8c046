/**
 * Any sequence of events, hostile as it may be: answers for what never was, stale pages, lost connections, refusals.
 * A plain list stands for the spool; a page shows it as it was when it was asked for.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BatchInfo } from "../../../agent/spool/spool-file.ts";
import { type BatchHash, NACK_CODES, type NackCode } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { AgentSide, batch, NONE, PLENTY, plain, published } from "./agent-side.ts";

const NUM_RUNS = effort("agent-delivery", { quick: 100, test: 500, prove: 20_000 });
/** Small, so that a page is often on its way. */
const PAGE = 8;

type Happening =
  | { readonly kind: "seal"; readonly count: number; readonly catalog: boolean }
  | { readonly kind: "answer"; readonly which: number; readonly code: NackCode | undefined }
  | { readonly kind: "puback" | "drop" | "stranger"; readonly which: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "page" }
  | { readonly kind: "connect" }
  | { readonly kind: "cut" }
  | { readonly kind: "no credit" };

const which = fc.nat(30);
const just = <K extends string>(...kinds: readonly K[]) => fc.constantFrom(...kinds);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: just("seal"), count: fc.integer({ min: 1, max: 12 }), catalog: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: just("answer"), which, code: fc.constantFrom(undefined, undefined, ...NACK_CODES) }) },
  { weight: 2, arbitrary: fc.record({ kind: just("puback", "drop", "stranger"), which }) },
  { weight: 3, arbitrary: fc.record({ kind: just("wait"), ms: fc.integer({ min: 1, max: 70_000 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: just("page", "connect", "cut", "no credit") }) as fc.Arbitrary<Happening> },
);

/** The agent's side, a spool that is a list, and a page that may be on its way. */
class Model {
  readonly agent = new AgentSide();
  readonly pending = new Map<number, BatchInfo>();
  readonly settled = new Set<number>();
  #next = 1;
  #onItsWay: { readonly page: number; readonly found: BatchInfo[] } | undefined;

  /** Carries out what the step asked for, as the uplink and the spool do. */
  take(effects: readonly string[]): void {
    for (const seq of published(effects)) expect(this.settled.has(seq), `batch ${seq} was settled and is sent again`).toBe(false);
    for (const effect of effects) {
      const [what, first = "", second = ""] = effect.split(" ");
      if (what === "acked") for (const seq of effect.split(" ").slice(1)) this.settle(Number(seq));
      if (what === "page") this.#onItsWay = { page: this.agent.page, found: this.#behind(Number(second)) };
      if (what === "reseal" && this.pending.has(Number(first))) {
        this.settle(Number(first));
        this.seal(1, false);
      }
      if (what === "resend") this.seal(1, true);
      if (what === "disconnect") this.take(this.agent.feed({ kind: "disconnected" }));
    }
  }

  seal(count: number, isCatalog: boolean): void {
    const sealed = Array.from({ length: count }, () => batch(this.#next++, isCatalog ? { kind: "catalog" } : {}));
    for (const each of sealed) this.pending.set(each.seq, each);
    this.take(this.agent.sealed(...sealed));
  }

  settle(seq: number): void {
    this.pending.delete(seq);
    this.settled.add(seq);
  }

  connect(): void {
    this.take(this.agent.connect());
    this.take(this.agent.helloAck());
    this.take(this.agent.reconciled());
  }

  arrive(): void {
    const page = this.#onItsWay;
    this.#onItsWay = undefined;
    if (page !== undefined) this.take(this.agent.loaded(page.found, page.found.length < PAGE, page.page));
  }

  any(which: number): BatchInfo | undefined {
    const inFlight = this.agent.inFlight;
    const seq = inFlight[which % (inFlight.length + 3)] ?? [...this.pending.keys()][which];
    return seq === undefined ? undefined : this.pending.get(seq);
  }

  #behind(after: number): BatchInfo[] {
    return [...this.pending.values()].filter(({ seq }) => seq > after).slice(0, PAGE);
  }
}

function happen(model: Model, each: Happening): void {
  const { agent } = model;
  if (each.kind === "seal") return model.seal(each.count, each.catalog && each.count === 1);
  if (each.kind === "wait") return model.take(agent.wait(each.ms));
  if (each.kind === "page") return model.arrive();
  if (each.kind === "connect") return model.connect();
  if (each.kind === "cut") return model.take(agent.feed({ kind: "disconnected" }));
  if (each.kind === "no credit") return model.take(agent.answer([], NONE));
  const chosen = model.any(each.which);
  if (chosen === undefined) return;
  if (each.kind === "answer") {
    return model.take(agent.answer([each.code === undefined ? plain(chosen) : { ...plain(chosen), nack: each.code }]));
  }
  if (each.kind === "puback") return model.take(agent.puback(chosen.seq));
  if (each.kind === "stranger") return strange(model, chosen);
  model.settle(chosen.seq);
  model.take(agent.feed({ kind: "gone", key: chosen }));
}

/** An ack for another content: the batch stays where it is, and the spool, which looks at the hash, marks nothing. */
function strange({ agent }: Model, chosen: BatchInfo): void {
  const before = [agent.inFlight, agent.state.queue.find(chosen)];
  agent.answer([{ ...plain(chosen), hash: "ffffffffffffffff" as BatchHash }], { ...agent.state.credit, batches: agent.state.flights.size });
  expect([agent.inFlight, agent.state.queue.find(chosen)]).toEqual(before);
}

test("whatever happens, nothing settled is sent again, the window holds, and all that is pending is acked once the events are kind", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 80 }), (happenings) => {
      const model = new Model();
      for (const each of happenings) {
        happen(model, each);
        expect(model.agent.inFlight.length).toBeLessThanOrEqual(8);
        for (const seq of model.agent.inFlight) expect(model.settled.has(seq)).toBe(false);
      }
      model.connect();
      for (let turn = 0; turn < 1_000 && model.pending.size > 0; turn++) {
        model.arrive();
        for (const seq of model.agent.inFlight) model.take(model.agent.ack(seq));
        model.take(model.agent.wait(1_000));
      }
      expect([...model.pending.keys()]).toEqual([]);
      expect(model.agent.inFlight).toEqual([]);
      expect(model.agent.state.queue.length).toBe(0);
    }),
    { numRuns: NUM_RUNS },
  );
});

test("a batch is published once on a connection, unless it was refused, or its PUBACK is older than its back-off", () => {
  const kind = happening.filter((each) => each.kind === "seal" || each.kind === "page" || each.kind === "wait" || each.kind === "drop");
  fc.assert(
    fc.property(fc.array(kind, { maxLength: 80 }), fc.nat(100), (happenings, acked) => {
      const model = new Model();
      const sent: number[] = [];
      const feed = model.agent.feed.bind(model.agent);
      model.agent.feed = (event) => {
        const effects = feed(event);
        sent.push(...published(effects));
        return effects;
      };
      model.connect();
      happenings.forEach((each, index) => {
        happen(model, each.kind === "wait" ? { ...each, ms: each.ms % 100 } : each);
        const first = model.agent.inFlight[0];
        if (first !== undefined && (index * 37) % 100 < acked) model.take(model.agent.answer([plain(batch(first))], PLENTY));
      });
      expect(sent).toHaveLength(new Set(sent).size);
    }),
    { numRuns: NUM_RUNS },
  );
});
