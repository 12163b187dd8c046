/**
 * Rows of one instant: each gets an instant of its own, however many they are and wherever a kill falls between them.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Repeats } from "../../../../agent/sensors/file/repeats.ts";
import { replayText, s } from "../../../support/replay.ts";

const numbered = (rows: readonly number[], repeats = new Repeats([])) => rows.map((at) => repeats.number(at));
const upTo = (total: number) => Array.from({ length: total }, (_, index) => index);

test("a row a second under a clock of minutes: sixty rows, sixty instants", async () => {
  const minute = (text: string) => upTo(60).map((second) => `${text},${second}\n`);
  const text = [...minute("11/3/2021 1:05 PM"), ...minute("11/3/2021 1:06 PM")].join("");
  const columns = { time: 1, t: 2 };
  const { rows } = await replayText(text, { columns, time_format: "M/D/YYYY h:mm AM", header: "no" });
  const first = Date.UTC(2021, 10, 3, 13, 5) * 1_000;
  expect(rows.map(([at]) => at)).toEqual([...upTo(60).map((k) => first + k), ...upTo(60).map((k) => first + s(60) + k)]);
});

describe("numbers", () => {
  const few = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(1_000_000, 1_000_001)), { maxLength: 200 });

  test("are never given twice, are not before the row's instant, and leave no free one out", () => {
    fc.assert(
      fc.property(few, (rows) => {
        const given = new Set<number>();
        for (const [index, at] of numbered(rows).entries()) {
          let free = rows[index] as number;
          while (given.has(free)) free += 1;
          expect(at).toBe(free);
          given.add(at);
        }
      }),
    );
  });

  test("go on behind a kill as if there had been none", () => {
    fc.assert(
      fc.property(few, fc.nat(200), (rows, kill) => {
        const before = new Repeats([]);
        const first = numbered(rows.slice(0, kill), before);
        const behind = new Repeats(JSON.parse(JSON.stringify(before.memory)));
        expect(behind.last).toBe(first.at(-1));
        expect([...first, ...numbered(rows.slice(kill), behind)]).toEqual(numbered(rows));
      }),
    );
  });

  test("go on behind the cursor of an older version, a list of instants", () => {
    expect(numbered([5, 5, 9], new Repeats([3, 5, 6, 7]))).toEqual([8, 9, 10]);
    expect(new Repeats([3, 5]).last).toBe(5);
  });

  test("are remembered for the last instants alone", () => {
    const repeats = new Repeats([]);
    numbered(upTo(100_000), repeats);
    expect(repeats.memory.length).toBeLessThan(100);
  });
});
