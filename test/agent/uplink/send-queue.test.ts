import { expect, test } from "vitest";
import type { BatchInfo } from "../../../agent/spool/spool-file.ts";
import { type PageRequest, SendQueue } from "../../../agent/uplink/send-queue.ts";
import { AgentSide, batch, batches, published } from "./agent-side.ts";

function sendNext(queue: SendQueue): number | undefined {
  const next = queue.next();
  if (next !== undefined) queue.taken(next);
  return next?.seq;
}

function sendAll(queue: SendQueue, most = 1_000): number[] {
  const seqs: number[] = [];
  for (let seq = sendNext(queue); seq !== undefined && seqs.length < most; seq = sendNext(queue)) seqs.push(seq);
  return seqs;
}

/** Answers a request from a list of what is pending. */
function answer(queue: SendQueue, request: PageRequest | undefined, pending: readonly BatchInfo[], limit = 256): void {
  if (request === undefined) throw new Error("no page was asked for");
  const found = pending.filter(({ seq }) => seq > request.after.seq).slice(0, limit);
  queue.addPage(request.page, found, found.length < limit);
}

test("the backlog goes oldest first, in whatever order it came", () => {
  const queue = new SendQueue();
  const request = queue.wantsPage() as PageRequest;
  queue.addPage(request.page, [batch(3), batch(1), batch(2), batch(1, { epochOrder: 0, epoch: "00000000000000e0" as never })], true);
  expect(sendAll(queue)).toEqual([1, 1, 2, 3]);
});

test("while both wait, three of any ten are backlog and the rest is live, the first one backlog", () => {
  const queue = new SendQueue();
  answer(queue, queue.wantsPage(), batches(1, 200));
  for (const live of batches(1_001, 1_200)) queue.add(live);
  const isBacklog = sendAll(queue, 200).map((seq) => seq <= 200);
  expect(isBacklog[0]).toBe(true);
  for (let start = 0; start + 10 <= 200; start++) expect(isBacklog.slice(start, start + 10).filter(Boolean)).toHaveLength(3);
});

test("a long time with backlog alone is not paid back to it, and one with live alone not to live", () => {
  const queue = new SendQueue();
  answer(queue, queue.wantsPage(), batches(1, 250));
  expect(sendAll(queue, 200)).toHaveLength(200);
  for (const live of batches(1_001, 1_020)) queue.add(live);
  expect(sendAll(queue, 20).filter((seq) => seq <= 250)).toHaveLength(6);
});

test("catalogs overtake everything, and what is sent again comes before what is new", () => {
  const queue = new SendQueue();
  answer(queue, queue.wantsPage(), batches(1, 3));
  queue.add(batch(10));
  queue.addAgain(batch(7));
  queue.add(batch(11, { kind: "catalog" }));
  expect(sendAll(queue)).toEqual([11, 7, 1, 10, 2, 3]);
});

test("urgent batches overtake all other data, oldest first", () => {
  const queue = new SendQueue();
  answer(queue, queue.wantsPage(), batches(1, 3));
  queue.add(batch(10));
  queue.addAgain(batch(7));
  queue.add(batch(12, { urgent: true }));
  queue.add(batch(11, { urgent: true }));
  queue.add(batch(13, { kind: "catalog" }));
  expect(sendAll(queue)).toEqual([13, 11, 12, 7, 1, 10, 2, 3]);
});

test("behind a closed gate only catalogs, urgent batches and what had begun go", () => {
  const queue = new SendQueue();
  answer(queue, queue.wantsPage(), batches(1, 3));
  for (const live of [batch(10), batch(11, { urgent: true }), batch(12, { kind: "catalog" })]) queue.add(live);
  queue.addAgain(batch(7));
  const sent: (number | undefined)[] = [];
  for (let next = queue.next(false); next !== undefined; next = queue.next(false)) {
    sent.push(next.seq);
    queue.taken(next);
  }
  expect(sent).toEqual([12, 11, 7]);
  expect(sendAll(queue)).toEqual([1, 10, 2, 3]);
});

test("of a hundred thousand pending batches at most two thousand are at hand, and each goes once", () => {
  const agent = new AgentSide();
  const pending = new Map(batches(1, 100_000).map((each) => [each.seq, each]));
  const sent = new Map<number, number>();
  let next = 100_001;
  let mostAtHand = 0;
  const pageOf = (after: number) => {
    const page: BatchInfo[] = [];
    for (let seq = after + 1; page.length < 256 && seq < next; seq++) {
      const found = pending.get(seq);
      if (found !== undefined) page.push(found);
    }
    return page;
  };
  const todo = agent.open();
  // The empty page above was the end of an empty spool: a new connection finds the backlog.
  agent.feed({ kind: "disconnected" });
  agent.connect();
  agent.helloAck();
  todo.push(...agent.reconciled());
  for (let effect = todo.shift(); effect !== undefined; effect = todo.shift()) {
    const [what, , place] = effect.split(" ");
    if (what === "page") {
      const page = pageOf(Number(place));
      todo.push(...agent.loaded(page, page.length < 256));
    }
    for (const seq of published([effect])) {
      sent.set(seq, (sent.get(seq) ?? 0) + 1);
      pending.delete(seq);
      todo.push(...agent.ack(seq));
      if (next <= 120_000) {
        pending.set(next, batch(next));
        todo.push(...agent.sealed(batch(next++)));
      }
    }
    mostAtHand = Math.max(mostAtHand, agent.state.queue.length);
  }
  expect(mostAtHand).toBeLessThan(2_000);
  expect(sent.size).toBe(120_000);
  expect([...sent.values()].every((times) => times === 1)).toBe(true);
  expect(agent.state.attempts.size).toBe(0);
});

test("live batches beyond what fits in memory come with the pages", () => {
  const queue = new SendQueue();
  answer(queue, queue.wantsPage(), []);
  const all = batches(1, 3_000);
  for (const live of all) queue.add(live);
  expect(queue.length).toBeLessThan(2_000);
  const sent: number[] = [];
  for (;;) {
    const request = queue.wantsPage();
    if (request !== undefined)
      answer(
        queue,
        request,
        all.filter(({ seq }) => !sent.includes(seq)),
      );
    const seq = sendNext(queue);
    if (seq === undefined) break;
    sent.push(seq);
  }
  expect(sent.sort((a, b) => a - b)).toEqual(all.map(({ seq }) => seq));
});

test("what was left out while a page was on its way is asked for again, though the page said that it is the last", () => {
  const queue = new SendQueue();
  const request = queue.wantsPage() as PageRequest;
  for (const live of batches(1, 1_025)) queue.add(live);
  queue.addPage(request.page, [], true);
  answer(queue, queue.wantsPage(), batches(1, 1_025).slice(1_024));
  expect(sendAll(queue, 2_000).sort((a, b) => a - b)).toEqual(batches(1, 1_025).map(({ seq }) => seq));
});

test("what left while a page was on its way does not come back with it", () => {
  const queue = new SendQueue();
  const request = queue.wantsPage() as PageRequest;
  queue.add(batch(5));
  expect(sendNext(queue)).toBe(5);
  queue.addPage(request.page, batches(4, 6), true);
  expect(sendAll(queue)).toEqual([4, 6]);
});

test("a page that was asked for on an earlier connection is not taken", () => {
  const queue = new SendQueue();
  const old = queue.wantsPage() as PageRequest;
  queue.clear();
  queue.addPage(old.page, batches(1, 3), true);
  expect(queue.length).toBe(0);
  const request = queue.wantsPage() as PageRequest;
  queue.addPage(old.page, batches(1, 3), true);
  expect(queue.length).toBe(0);
  answer(queue, request, batches(1, 5));
  expect(sendAll(queue)).toEqual([1, 2, 3, 4, 5]);
});

test("one page is asked for at a time, and none while there is enough", () => {
  const queue = new SendQueue();
  const request = queue.wantsPage();
  expect(queue.wantsPage()).toBeUndefined();
  answer(queue, request, batches(1, 1_000));
  expect(queue.wantsPage()).toBeUndefined();
  sendAll(queue, 225);
  expect(queue.wantsPage()).toEqual({ page: 2, after: { epochOrder: 1, seq: 256 } });
});
