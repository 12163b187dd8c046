/**
 * samples: what is stored, reading by reading: series after series, each ascending.
 *
 * Buckets say which hours hold anything, so an empty year costs as little as an empty day. A page is at most 10,000
 * rows and one hour of one series; other work gets its turn between hours.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type Clock, epochMicros, Fault, MICROS_PER_DAY, MICROS_PER_HOUR } from "../../protocol/index.ts";
import { selectSeries } from "../report/select.ts";
import type { ReportSource } from "../report/source.ts";
import { askedSpan } from "../report/span.ts";
import { checkZone } from "../report/zone.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import type { Hour, Span } from "../stores/contract.ts";
import { type List, limitUpTo, listAnswer, listFormat, sendList } from "./list.ts";
import type { HttpParts } from "./parts.ts";
import { type ReadingRow, readingRow, rowOf, type StoredReading, sampleAt, summaryAt } from "./reading-row.ts";
import { addRoute } from "./route.ts";

const MOST = 10_000;
const PORTION = 31 * MICROS_PER_DAY;

const list: List = { name: "samples", row: readingRow };

const instant = z.string().min(1).max(100).optional();

const query = z.strictObject({
  series: z.string().min(1).max(500).optional().describe("patterns with commas between; without it all"),
  where: z.string().min(1).max(500).optional().describe("labels of agents, like site=kiel,customer=12"),
  from: instant.describe("inclusive; an instant, a date, today, yesterday; without it a day before the end"),
  to: instant.describe("exclusive, like from; without it now"),
  tz: z.string().min(1).max(100).optional().describe("IANA zone in which from and to are meant"),
  cursor: z
    .string()
    .regex(/^\d{1,15}-\d{1,16}-[01]$/, 'expected the "next" of the page before')
    .optional(),
  limit: limitUpTo(MOST, 1_000),
  format: listFormat,
});

export function addSamples(app: FastifyInstance, { source, clock }: HttpParts): void {
  addRoute(app, {
    method: "GET",
    path: "/api/v1/samples",
    needs: "read",
    operationId: "listSamples",
    summary: "Stored readings as they came, series after series, ascending",
    query,
    answer: listAnswer(list, "A page of readings"),
    handle: async ({ query: { limit, format, ...asked }, request, reply }) => {
      const rows: ReadingRow[] = [];
      let last: string | null = null;
      let next: string | null = null;
      for await (const { row, cursor } of readingsBehind(source, clock, asked)) {
        if (rows.length === limit) {
          next = last;
          break;
        }
        rows.push(row);
        last = cursor;
      }
      return sendList(list, { rows, next }, { request, reply, format });
    },
  });
}

type Asked = Omit<z.output<typeof query>, "limit" | "format">;

/** Where in the list a reading stands. At one instant the summary comes first. */
interface Place {
  readonly number: number;
  readonly at: number;
  readonly order: number;
}

async function* readingsBehind(
  source: ReportSource,
  clock: Clock,
  { series, where, from, to, tz, cursor }: Asked,
): AsyncGenerator<{ readonly row: ReadingRow; readonly cursor: string }> {
  const span = wholeSpan(source, { from, to }, checkZone(tz ?? source.zone));
  const selected = selectSeries(source.series(), series, where);
  const start = cursor === undefined ? undefined : placeOf(cursor);
  const first = start === undefined ? 0 : selected.findIndex(({ number }) => number === start.number);
  if (first < 0) throw badCursor();
  for (const info of selected.slice(first)) {
    const behind = info.number === start?.number ? start : undefined;
    const rest = { from: epochMicros(Math.max(span.from, behind?.at ?? 0)), to: span.to };
    for await (const reading of readingsOf(source, clock, info, rest)) {
      const order = reading.kind === "summary" ? 0 : 1;
      if (behind !== undefined && (reading.at < behind.at || (reading.at === behind.at && order <= behind.order))) continue;
      yield { row: rowOf(info, reading), cursor: `${info.number}-${reading.at}-${order}` };
    }
  }
}

async function* readingsOf({ store }: ReportSource, clock: Clock, { number }: SeriesInfo, span: Span): AsyncGenerator<StoredReading> {
  const extent = await store.extent(number);
  if (extent === undefined) return;
  const end = Math.min(span.to, extent.to);
  for (let from = Math.max(span.from, extent.from); from < end; from += PORTION) {
    for (const hour of await hoursWithData(store, number, from, Math.min(end, from + PORTION))) {
      yield* inOrder(await store.loadHour(number, epochMicros(hour)), from, Math.min(end, from + PORTION));
      await clock.afterInput();
    }
  }
}

/** Readings of an hour inside the span, ascending; at one instant the summary first. Made one by one: an hour may hold millions. */
function* inOrder({ samples, summaries }: Hour, from: number, to: number): Generator<StoredReading> {
  let summary = 0;
  for (let sample = 0; sample <= samples.at.length; sample++) {
    const until = samples.at[sample] ?? Number.POSITIVE_INFINITY;
    for (; (summaries.at[summary] ?? Number.NaN) <= until; summary++) {
      if (isIn(summaries.at[summary] as number)) yield summaryAt(summaries, summary);
    }
    if (isIn(until)) yield sampleAt(samples, sample);
  }
  function isIn(at: number): boolean {
    return at >= from && at < to;
  }
}

/** Starts of the UTC hours in which something was read. */
async function hoursWithData(store: ReportSource["store"], series: number, from: number, to: number): Promise<Set<number>> {
  const start = epochMicros(from - (from % MICROS_PER_HOUR));
  const buckets = await store.buckets(series, { from: start, to: epochMicros(to) });
  return new Set(buckets.filter(({ n, bad }) => n + bad > 0).map((bucket) => bucket.start - (bucket.start % MICROS_PER_HOUR)));
}

function wholeSpan(source: ReportSource, asked: Pick<Asked, "from" | "to">, zone: string): Span {
  const span = askedSpan("hour", asked, zone, source.now());
  if (span.from < span.to) return span;
  throw new Fault("bad_span", "expected from to be before to", { hint: "swap them; to is exclusive" });
}

function placeOf(cursor: string): Place {
  const [number = 0, at = 0, order = 0] = cursor.split("-").map(Number);
  return { number, at, order };
}

function badCursor(): Fault {
  return new Fault("bad_query", "query, cursor: expected one of the same question, got one of another", {
    hint: "begin without a cursor, and keep series, from and to while you follow it",
  });
}
