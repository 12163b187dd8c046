/**
 * Stored readings over HTTP: page after page they are all there, once, in order.
 */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { effort } from "../../support/effort.ts";
import { instant, seriesInfo } from "../report/report-bench.ts";
import type { AnyReading } from "../rollup/batches.ts";
import { NOON, type Served, served } from "./http-bench.ts";

interface Row {
  readonly series: string;
  readonly at: string;
  readonly value: number;
  readonly kind: string;
  readonly n: number;
}

interface Page {
  readonly samples: readonly Row[];
  readonly next: string | null;
}

/** Follows the cursor in the JSON, and checks that the Link header names the same page. */
async function everything(server: Served, query: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let path = `/api/v1/samples?${query}`; ; ) {
    const answer = await server.ask(path);
    const { samples, next } = answer.json() as Page;
    rows.push(...samples);
    const link = /^<(\?[^>]+)>; rel="next"$/.exec(answer.headers.link as string)?.[1];
    if (next === null) {
      expect(answer.headers.link).toBeUndefined();
      return rows;
    }
    expect(new URLSearchParams(link).get("cursor")).toBe(next);
    path = `/api/v1/samples${link}`;
  }
}

function summary(series: number, at: number, n: number): AnyReading {
  const values = { min: 1, max: 3, sum: 2 * n, first: 1, last: 3 };
  return { series, at, quality: 0, n, ...values, lastAt: at + 1, covered: 1, weightedSum: 2 };
}

test("pages of any size hold together what is stored, once and in order", async () => {
  const reading = fc.record({
    series: fc.integer({ min: 1, max: 3 }),
    second: fc.integer({ min: 0, max: 40 * 86_400 }),
    window: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(reading, { maxLength: 60, selector: (each) => `${each.series}/${each.second}/${each.window}` }),
      fc.integer({ min: 1, max: 20 }),
      async (readings, limit) => {
        await using server = await served({ series: [1, 2, 3].map((number) => seriesInfo(number, `a/b/c${4 - number}`)) });
        const start = instant("2026-01-10T00:00:00Z");
        const all = readings.filter(({ window, second }) => !window || second % 900 < 890);
        await server.bench.load(
          all.map(({ series, second, window }) => {
            const at = start + second * 1e6;
            return window ? summary(series, at, 4) : { series, at, value: second, quality: 0 };
          }),
        );
        const rows = await everything(server, `from=2026-01-01&to=2026-03-01&limit=${limit}`);
        const key = (id: string, at: number, kind: string) => `${id} ${new Date(at / 1e3).toISOString()} ${kind === "summary" ? 0 : 1}`;
        const expected = all.map(({ series, second, window }) =>
          key(`a/b/c${4 - series}`, start + second * 1e6, window ? "summary" : "sample"),
        );
        expect(rows.map(({ series, at, kind }) => key(series, Date.parse(at) * 1e3, kind))).toEqual(expected.sort());
      },
    ),
    { numRuns: effort("samples-pages", { quick: 10, test: 30, prove: 1_000 }) },
  );
});

test("from is inclusive, to exclusive, and a summary counts where it begins", async () => {
  await using server = await served();
  await server.bench.load([
    summary(2, instant("2026-03-10T10:00:00Z"), 60),
    { series: 2, at: instant("2026-03-10T10:05:00Z"), value: 7, quality: 1 },
  ]);
  const between = async (from: string, to: string) =>
    (await everything(server, `series=greenhouse-2&from=${from}&to=${to}`)).map(({ value, n }) => [value, n]);
  expect(await between("2026-03-10T10:00Z", "2026-03-10T10:05Z")).toEqual([[2, 60]]);
  expect(await between("2026-03-10T10:00:01Z", "2026-03-10T10:05:01Z")).toEqual([[7, 1]]);
  expect(await between("2026-03-11", "2026-03-12")).toEqual([]);
  expect(await between("1970-01-01", "2026-03-12")).toHaveLength(2);
});

test("an empty decade is passed over, not searched hour by hour", async () => {
  await using server = await served();
  let hours = 0;
  const { loadHour } = server.bench.store;
  const counted: typeof loadHour = (series, hour) => {
    hours += 1;
    return loadHour(series, hour);
  };
  Object.assign(server.bench.store, { loadHour: counted });
  await server.bench.load([{ series: 2, at: instant("2016-01-01T00:00:00Z"), value: 1, quality: 0 }], NOON);
  await server.bench.load([{ series: 2, at: NOON - 1, value: 2, quality: 0 }]);
  hours = 0;
  expect(await everything(server, "series=greenhouse-2&from=1970-01-01")).toHaveLength(2);
  expect(hours).toBe(2);
});

test("readings come as CSV by Accept or by format, the next page in the Link header", async () => {
  await using server = await served();
  for (const [path, headers] of [
    ["/api/v1/samples?limit=3", { accept: "text/html;q=0.2, text/csv;q=0.9, application/json;q=0.8" }],
    ["/api/v1/samples?limit=3&format=csv", {}],
  ] as const) {
    const answer = await server.ask(path, { headers });
    expect(answer.type).toBe("text/csv; charset=utf-8");
    expect(answer.headers.link).toContain("cursor=1-");
    const rows = parse(answer.text, { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(3);
    expect(rows[0]).toEqual({
      ...{ series: "greenhouse-1/air/temperature", version: "1", at: "2026-03-10T10:31:00.000Z", value: "22.25", unit: "Cel" },
      ...{ quality: "good", kind: "sample", n: "1", min: "22.25", max: "22.25", late: "true" },
    });
  }
  const refused = await server.ask("/api/v1/samples", { headers: { accept: "image/png" } });
  expect([refused.status, refused.json()]).toEqual([406, expect.objectContaining({ title: "not_acceptable" })]);
  expect((await server.ask("/api/v1/samples", { headers: { accept: "text/html,*/*;q=0.8" } })).type).toContain("application/json");
});
