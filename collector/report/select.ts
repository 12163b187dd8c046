/**
 * select: the series a report is about.
 */
import { didYouMean, Fault, seriesMatcher } from "../../protocol/index.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import { selectWhere } from "./where.ts";

const LEVELS = 3;

/**
 * Series whose ids fit one of the patterns (with commas between), by id and version; all without a pattern. With
 * `where` only those of agents with these labels.
 * @throws Fault `unknown_series` where a pattern fits none, and those of `selectWhere`.
 */
export function selectSeries(every: readonly SeriesInfo[], patterns: string | undefined, where?: string): readonly SeriesInfo[] {
  const all = selectWhere(every, where);
  const chosen = new Set<SeriesInfo>();
  for (const pattern of (patterns ?? "*").split(",").map((part) => part.trim())) {
    const matches = seriesMatcher(wholePattern(pattern));
    const fitting = all.filter(({ id }) => matches(id));
    if (fitting.length === 0 && all.length > 0) throw unknownSeries(pattern, all);
    for (const series of fitting) chosen.add(series);
  }
  return [...chosen].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.version - b.version));
}

/** A pattern of fewer levels stands for everything below it. */
function wholePattern(pattern: string): string {
  const levels = pattern.replace(/\/$/, "").split("/");
  return [...levels, ...Array(Math.max(0, LEVELS - levels.length)).fill("*")].join("/");
}

function unknownSeries(pattern: string, all: readonly SeriesInfo[]): Fault {
  const ids = [...new Set(all.map(({ id }) => id))].sort();
  const parts = new Set(ids.flatMap((id) => [id, id.slice(0, id.lastIndexOf("/")), id.slice(0, id.indexOf("/"))]));
  const shown = JSON.stringify(pattern.slice(0, 80));
  return new Fault("unknown_series", `expected the name or a pattern of a series, got ${shown}${didYouMean(pattern, parts)}`, {
    hint: `there are ${ids.length}, for example ${ids.slice(0, 5).join(", ")}`,
  });
}
