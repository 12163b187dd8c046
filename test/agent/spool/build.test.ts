import fc from "fast-check";
import { expect, test } from "vitest";
import { cutFrame, cutIntoBatches, joinSamples, joinSummaries } from "../../../agent/spool/build.ts";
import { type Frame, frameCount, LIMITS, type SampleFrame, type SummaryFrame } from "../../../protocol/index.ts";

/** Frames of one sensor: 1 to 20 instants, some of up to 40 series, each instant with at least one value. */
const frames = fc.array(
  fc
    .record({
      instants: fc.integer({ min: 1, max: 20 }),
      series: fc.uniqueArray(fc.integer({ min: 0, max: 80 }), { minLength: 1, maxLength: 6 }),
      there: fc.infiniteStream(fc.boolean()),
      quality: fc.infiniteStream(fc.constantFrom(0, 0, 0, 1, 2)),
      values: fc.infiniteStream(fc.double({ noNaN: true, noDefaultInfinity: true })),
    })
    .map(({ instants, series, there, quality, values }): SampleFrame => {
      const next = <T>(stream: Iterator<T>) => stream.next().value as T;
      const columns = series.map((index) => {
        const present = Uint8Array.from({ length: instants }, () => (next(there) ? 1 : 0));
        if (index === series[0]) present.fill(1);
        const count = present.reduce((sum, bit) => sum + bit, 0);
        const doubtful = Uint8Array.from({ length: count }, () => next(quality));
        return {
          series: index,
          present: present.includes(0) ? present : undefined,
          values: Float64Array.from({ length: count }, () => next(values)),
          quality: doubtful.some((code) => code > 0) ? doubtful : undefined,
        };
      });
      return {
        form: "samples",
        at: Float64Array.from({ length: instants }, (_, i) => i * 1_000),
        columns: columns.filter((c) => c.values.length > 0),
      };
    }),
  { maxLength: 6 },
);

/** Every reading of one series, in order: `at`, value, quality. */
function readingsBySeries(all: readonly SampleFrame[]): Map<number, unknown[]> {
  const bySeries = new Map<number, unknown[]>();
  for (const { at, columns } of all) {
    for (const { series, present, values, quality } of columns) {
      const list = bySeries.get(series) ?? [];
      bySeries.set(series, list);
      let next = 0;
      at.forEach((instant, index) => {
        if ((present?.[index] ?? 1) === 0) return;
        list.push([instant, values[next], quality?.[next] ?? 0]);
        next += 1;
      });
    }
  }
  return bySeries;
}

test("joining keeps every reading of every series, in order", () => {
  fc.assert(
    fc.property(frames, (list) => {
      expect(readingsBySeries(joinSamples(list))).toEqual(readingsBySeries(list));
    }),
    { numRuns: 500 },
  );
});

test("a joined frame has only instants with values, and channels within one mask", () => {
  fc.assert(
    fc.property(frames, (list) => {
      for (const { at, columns } of joinSamples(list)) {
        const [first] = columns;
        expect(columns.every(({ series }) => series - (first?.series ?? 0) < LIMITS.channelsPerFrame)).toBe(true);
        expect([...at].every((_, index) => columns.some(({ present }) => (present?.[index] ?? 1) === 1))).toBe(true);
        for (const { present } of columns) expect(present === undefined || present.includes(0)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test("a channel with values at less than half of the instants has a frame of its own", () => {
  const at = Float64Array.of(0, 1, 2, 3, 4);
  const column = (series: number, ...bits: number[]) => ({
    series,
    present: Uint8Array.from(bits),
    values: Float64Array.from(bits.filter((bit) => bit === 1)),
    quality: undefined,
  });
  const joined = joinSamples([
    { form: "samples", at, columns: [column(0, 1, 1, 1, 1, 1), column(1, 1, 1, 1, 0, 0), column(2, 0, 0, 1, 1, 0)] },
  ]);
  expect(joined.map((frame) => [frame.columns.map(({ series }) => series), [...frame.at]])).toEqual([
    [
      [0, 1],
      [0, 1, 2, 3, 4],
    ],
    [[2], [2, 3]],
  ]);
});

test("batches hold all frames in order and at most as many readings as they may", () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: LIMITS.channelsPerFrame, max: 200 }), (list, most) => {
      const batches = cutIntoBatches(list, most);
      for (const batch of batches) {
        const count = batch.reduce((sum, frame) => sum + frameCount(frame), 0);
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(most);
      }
      expect(readingsBySeries(batches.flat() as SampleFrame[])).toEqual(readingsBySeries(list));
    }),
    { numRuns: 500 },
  );
});

test("a cut falls between two instants and loses none", () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 0, max: 60 }), (list, room) => {
      for (const frame of list) {
        const [head, tail] = cutFrame(frame, room);
        expect(head === undefined ? 0 : frameCount(head)).toBeLessThanOrEqual(room);
        expect([head, tail].flatMap((part) => [...(part?.at ?? [])])).toEqual([...frame.at]);
      }
    }),
    { numRuns: 500 },
  );
});

test("summaries are joined and cut with every field in step", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(lengths, fc.boolean(), (counts, doubtful) => {
      const list = counts.map((count, index) => summaries(index * 100, count, doubtful && index % 2 === 1));
      const joined = joinSummaries(list);
      const batches = cutIntoBatches([joined], LIMITS.channelsPerFrame).flat();
      expect(rowsOf(batches)).toEqual(rowsOf(list));
      expect(joined.quality === undefined).toBe(!list.some((frame) => frame.quality !== undefined));
    }),
    { numRuns: 200 },
  );
});

function summaries(from: number, count: number, doubtful: boolean): SummaryFrame {
  const column = (scale: number) => Float64Array.from({ length: count }, (_, index) => (from + index) * scale);
  const [at, n, min, max, sum] = [column(1), column(2), column(3), column(4), column(5)];
  const [first, last, lastAt, covered, weightedSum] = [column(6), column(7), column(8), column(9), column(10)];
  const quality = doubtful ? new Uint8Array(count).fill(1) : undefined;
  return { form: "summaries", series: 7, at, n, min, max, sum, first, last, lastAt, covered, weightedSum, quality };
}

function rowsOf(list: readonly Frame[]): unknown[] {
  return list.flatMap((frame) => {
    if (frame.form === "samples") throw new Error("expected summaries");
    const { at, n, min, max, sum, first, last, lastAt, covered, weightedSum, quality } = frame;
    return [...at].map((instant, i) => [
      instant,
      n[i],
      min[i],
      max[i],
      sum[i],
      first[i],
      last[i],
      lastAt[i],
      covered[i],
      weightedSum[i],
      quality?.[i] ?? 0,
    ]);
  });
}
