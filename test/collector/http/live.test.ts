/**
 * The live stream: what is stored is told, to fast readers and slow ones, to those who come back and those who may not stay.
 */

import { once } from "node:events";
import type http from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { MICROS_PER_MINUTE, MICROS_PER_SECOND, micros } from "../../../protocol/index.ts";
import { seriesInfo } from "../report/report-bench.ts";
import { NOON, open, type Served, served } from "./http-bench.ts";

interface Event {
  readonly id?: string;
  readonly event?: string;
  readonly data: unknown;
}

interface Stream extends AsyncDisposable {
  readonly answer: http.IncomingMessage;
  /** Everything so far. */
  text(): string;
  /** Waits for `count` events of the kind, and gives all so far. */
  events(kind: string, count: number): Promise<Event[]>;
  /** Waits until the text holds `part`. */
  until(part: string): Promise<void>;
}

async function listen(server: Served, query = "", headers: Record<string, string> = {}, token = server.token("read")): Promise<Stream> {
  const { hostname, port } = new URL(server.url);
  const answer = await open({ hostname, port, path: `/api/v1/live${query}`, token, headers });
  let text = "";
  answer.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  const waitFor = async (isIt: () => boolean) => {
    while (!isIt()) await once(answer, "data");
  };
  const parsed = () =>
    text
      .split("\n\n")
      .slice(0, -1)
      .filter((block) => block.includes("data: "))
      .map((block) => {
        const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2) as [string, string]));
        return { ...fields, data: JSON.parse(fields.data ?? "null") } as Event;
      });
  await waitFor(() => text.includes("retry: 3000"));
  return {
    answer,
    text: () => text,
    async events(kind, count) {
      const found = () => parsed().filter(({ event }) => event === kind);
      await waitFor(() => found().length >= count);
      return found();
    },
    until: (part) => waitFor(() => text.includes(part)),
    async [Symbol.asyncDispose]() {
      answer.destroy();
      await expectListeners(server, 0);
    },
  };
}

/** A listener is gone once the server has seen its end. */
async function expectListeners(server: Served, count: number): Promise<void> {
  while (server.parts.live.listeners > count) await turn();
}

const MINUTE = micros(MICROS_PER_MINUTE);

/** More than the buffers of both ends hold; between two loads whatever the network would take goes out. */
async function flood(server: Served, total: number): Promise<void> {
  for (let sent = 0; sent < total; sent += 3_000) {
    await server.bench.load(Array.from({ length: 3_000 }, (_, index) => reading(2, sent + index)));
    for (let turns = 0; turns < 5; turns++) await turn();
  }
}

let next = 0;
const reading = (series: number, value: number) => ({ series, at: NOON - 3_600e6 + ++next, value, quality: 0 });
const values = (events: readonly Event[]) => events.map(({ data }) => (data as { value: number }).value);

test("each newly stored reading of the series asked for is told, once, as samples show it", async () => {
  await using server = await served();
  await using stream = await listen(server, "?series=greenhouse-2");
  expect(stream.answer.headers).toMatchObject({
    "content-type": expect.stringContaining("text/event-stream"),
    "cache-control": "no-store",
  });
  await server.bench.load([reading(2, 1), reading(3, 99), reading(2, 2)]);
  const again = reading(2, 3);
  await server.bench.load([again]);
  await server.bench.load([again, reading(2, 4)]); // a duplicate is nothing new
  const events = await stream.events("reading", 4);
  expect(values(events)).toEqual([1, 2, 3, 4]);
  const { samples } = (await server.ask("/api/v1/samples?series=greenhouse-2")).json() as { samples: unknown[] };
  expect(events.map(({ data }) => data)).toEqual(samples);
});

test("a comment every 15 seconds shows that the line is good", async () => {
  await using server = await served();
  await using stream = await listen(server);
  expect(stream.text()).not.toContain(": alive");
  await server.clock.advance(15 * MICROS_PER_SECOND);
  await stream.until(": alive\n\n");
});

test("who comes back with the last id gets what came since, no more and no less", async () => {
  await using server = await served();
  const first = await listen(server, "?series=greenhouse-2");
  await server.bench.load([reading(2, 1), reading(2, 2)]);
  const id = (await first.events("reading", 2))[1]?.id as string;
  await first[Symbol.asyncDispose]();
  await server.bench.load([reading(2, 3), reading(3, 98), reading(2, 4)]);
  await using second = await listen(server, "?series=greenhouse-2", { "last-event-id": id });
  await server.bench.load([reading(2, 5)]);
  expect(values(await second.events("reading", 3))).toEqual([3, 4, 5]);
  expect(second.text()).not.toContain("event: missed");
});

test.each([
  ["of another run", "00000000-5"],
  ["that is none", "nonsense"],
])("who comes back with an id %s is told that something may be missing", async (_name, id) => {
  await using server = await served();
  await using stream = await listen(server, "", { "last-event-id": id });
  await server.bench.load([reading(2, 1)]);
  expect((await stream.events("missed", 1)).map(({ data }) => data)).toEqual([{ count: null }]);
});

test("who was away for longer than it is remembered is told so", async () => {
  await using server = await served();
  const first = await listen(server);
  await server.bench.load([reading(2, 1)]);
  const id = (await first.events("reading", 1))[0]?.id as string;
  await first[Symbol.asyncDispose]();
  await server.clock.advance(2 * MICROS_PER_MINUTE);
  await server.bench.load([reading(2, 2)]);
  await using second = await listen(server, "", { "last-event-id": id });
  expect((await second.events("missed", 1)).map(({ data }) => data)).toEqual([{ count: null }]);
});

test("a slow reader is dropped to the newest and told how many it missed, and costs no memory meanwhile", async () => {
  await using server = await served();
  const { hostname, port } = new URL(server.url);
  const slow = await open({ hostname, port, path: "/api/v1/live?series=greenhouse-2", token: server.token("read") });
  slow.pause();
  const total = 60_000;
  await flood(server, total);
  await server.bench.load([reading(2, total)]);
  let [text, told, missed] = ["", 0, 0];
  let newest = -1;
  for await (const piece of slow.setEncoding("utf8")) {
    const blocks = (text + piece).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "null") as { value?: number; count?: number } | null;
      if (block.includes("event: missed")) missed += data?.count ?? Number.NaN;
      if (data?.value === undefined) continue;
      expect(data.value).toBeGreaterThan(newest); // in order, none twice
      newest = data.value;
      told += 1;
    }
    if (newest === total) break;
  }
  expect(missed).toBeGreaterThan(10_000);
  expect(told + missed).toBe(total + 1);
});

test("who takes nothing for five minutes is cut off", async () => {
  await using server = await served();
  const { hostname, port } = new URL(server.url);
  const slow = await open({ hostname, port, path: "/api/v1/live", token: server.token("read") });
  slow.pause().on("error", () => undefined);
  await flood(server, 30_000);
  expect(server.parts.live.listeners).toBe(1);
  await server.clock.advance(6 * MICROS_PER_MINUTE);
  await expectListeners(server, 0);
  slow.destroy();
});

test("a stream ends when its token is revoked or expires", async () => {
  await using server = await served();
  const { secret, token } = server.access.tokens.create({ kind: "token", role: "read", name: "", lifetime: undefined });
  const short = server.access.tokens.create({ kind: "token", role: "read", name: "", lifetime: MINUTE });
  for (const [given, end] of [
    [secret, async () => server.access.tokens.revoke(token.id)],
    [short.secret, () => server.clock.advance(MINUTE)],
  ] as const) {
    const stream = await listen(server, "", {}, given);
    const ended = once(stream.answer, "end");
    await end();
    await server.clock.advance(15 * MICROS_PER_SECOND);
    await ended;
  }
});

test("a series that appears while one listens is told too, where it fits", async () => {
  const known = [seriesInfo(1, "greenhouse-1/air/temperature")];
  const all = [...known, seriesInfo(2, "greenhouse-2/air/temperature"), seriesInfo(3, "cellar/air/temperature")];
  await using server = await served({ series: all });
  Object.assign(server.bench.source, { series: () => known });
  await using stream = await listen(server, "?series=greenhouse-*");
  Object.assign(server.bench.source, { series: () => all });
  await server.bench.load([reading(2, 7), reading(3, 99), reading(1, 8)]);
  expect(values(await stream.events("reading", 2)).sort()).toEqual([7, 8]);
  expect(stream.text()).not.toContain("cellar");
});

test("who listens before there is anything hears what fits, and what does not fit harms nobody", async () => {
  const all = [seriesInfo(1, "cellar/air/temperature"), seriesInfo(2, "greenhouse-2/air/temperature")];
  await using server = await served({ series: all });
  Object.assign(server.bench.source, { series: () => [] });
  await using stream = await listen(server, "?series=greenhouse-*,roof");
  Object.assign(server.bench.source, { series: () => all });
  await server.bench.load([reading(1, 99), reading(2, 7)]);
  expect(values(await stream.events("reading", 1))).toEqual([7]);
});

test("there is room for fifty, and the next is asked to wait", async () => {
  await using server = await served();
  const streams = [];
  for (let i = 0; i < 50; i++) streams.push(await listen(server));
  const refused = await server.ask("/api/v1/live");
  expect([refused.status, refused.json()]).toEqual([503, expect.objectContaining({ title: "too_many_listeners" })]);
  for (const { answer } of streams) answer.destroy();
  await expectListeners(server, 0);
});
