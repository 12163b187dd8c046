import fc from "fast-check";
import { expect, test } from "vitest";
import { type EpochMicros, epochMicros, isoInstant } from "../../../protocol/index.ts";
import { Oracle, type SentStream, type StoredRow } from "../../../simulators/fleet/oracle.ts";
import { effort } from "../../support/effort.ts";
import { NEW_YEAR_2026 } from "../../support/manual-clock.ts";

const CHANNELS = ["temperature", "door"];

function stream(name: string, sealed: number): SentStream {
  const instantOf = (number: number): EpochMicros => epochMicros(NEW_YEAR_2026 + number * 1_000_500);
  return { name, sealed, instantOf, valueOf: (channel, at) => channel + at / 1e15 };
}

/** All that a collector that lost nothing would show, agent by agent. */
function rowsOf(streams: readonly SentStream[]): StoredRow[] {
  return streams.flatMap((sent) =>
    CHANNELS.flatMap((channel, place) =>
      Array.from({ length: sent.sealed }, (_, number) => {
        const at = sent.instantOf(number);
        return { series: `${sent.name}/box/${channel}`, at: isoInstant(at), value: sent.valueOf(place, at) };
      }),
    ),
  );
}

function verdictOn(streams: readonly SentStream[], rows: readonly StoredRow[]) {
  const oracle = new Oracle(streams, CHANNELS);
  for (const row of rows) oracle.see(row);
  return oracle.verdict();
}

const STREAMS = [stream("fleet-1", 3), stream("fleet-2", 0), stream("fleet-3", 2)];

test("what was sent and is stored once is in order", () => {
  const clean = { sent: 10, stored: 10, missing: 0, duplicated: 0, changed: 0, foreign: 0, examples: [] };
  expect(verdictOn(STREAMS, rowsOf(STREAMS))).toEqual(clean);
});

test("each way to be wrong is counted apart, and named", () => {
  const [first, second, ...rest] = rowsOf(STREAMS) as [StoredRow, StoredRow, ...StoredRow[]];
  const foreign = [
    { ...first, series: "other/box/temperature" },
    { ...first, series: "fleet-1/box/pressure" },
    { ...first, at: isoInstant(epochMicros(NEW_YEAR_2026 + 1)) },
  ];
  const verdict = verdictOn(STREAMS, [first, first, { ...second, value: 7 }, ...rest.slice(1), ...foreign]);
  expect(verdict).toMatchObject({ sent: 10, stored: 8, missing: 1, duplicated: 1, changed: 1, foreign: 3 });
  expect(verdict.examples).toHaveLength(6);
  expect(verdict.examples.at(-1)).toBe("fleet-1/temperature at 2026-01-01T00:00:02.001Z is missing");
});

test("however rows are lost and doubled, the counts are those of a plain set", () => {
  const all = rowsOf(STREAMS);
  fc.assert(
    fc.property(fc.array(fc.nat(all.length - 1), { maxLength: 30 }), (picks) => {
      const kept = new Set(picks);
      const verdict = verdictOn(
        STREAMS,
        picks.map((pick) => all[pick] as StoredRow),
      );
      expect(verdict).toMatchObject({ stored: kept.size, missing: all.length - kept.size, duplicated: picks.length - kept.size });
    }),
    { numRuns: effort("fleet-oracle", { quick: 50, test: 100, prove: 1_000 }) },
  );
});
