/**
 * explain: shows what each filter of a series did with the last readings, as the running agent saw them.
 */
import { askControl } from "../../protocol/index.ts";
import type { ExplainedReading, ExplainedStep } from "../sampling/explain.ts";
import type { SeriesExplanation } from "../sampling/sampler.ts";

/** @returns 0. @throws Fault `unknown_series`, `not_running` and what else `askControl` throws. */
export async function explainCommand(control: string, series: string, json: boolean, print: (text: string) => void): Promise<number> {
  const answer = (await askControl(control, `/api/v1/explain?series=${encodeURIComponent(series)}`)) as SeriesExplanation;
  print(json ? `${JSON.stringify(answer, null, 2)}\n` : describe(answer));
  return 0;
}

function describe({ series, unit, filters, readings }: SeriesExplanation): string {
  const inUnit = (value: number | string) => (unit === "1" || typeof value === "string" ? `${value}` : `${value} ${unit}`);
  const title = `${series}  ${filters.length === 0 ? "no filters: what is read is kept" : filters.join(" -> ")}`;
  if (readings.length === 0) return `${title}\n  no reading yet: tributary-agent status says why\n`;
  return `${[title, ...readings.flatMap((reading) => lines(reading, inUnit))].join("\n")}\n`;
}

function lines({ at, value, quality, steps, kept }: ExplainedReading, inUnit: (value: number | string) => string): readonly string[] {
  const shown = (found: number | string, judged: string) => (judged === "good" ? inUnit(found) : `${inUnit(found)} (${judged})`);
  const end = kept === null ? "" : `  => kept ${shown(kept.value, kept.quality)}`;
  return [
    `  ${at ?? "before the clock is known"}  read ${shown(value, quality)}${steps.length === 0 ? end : ""}`,
    ...steps.map((step, index) => `    ${stepText(step, shown)}${index === steps.length - 1 ? end : ""}`),
  ];
}

function stepText(
  { filter, outcome, value = 0, quality = "good", reason, closed = 0 }: ExplainedStep,
  shown: (value: number, quality: string) => string,
): string {
  switch (outcome) {
    case "dropped":
      return `${filter}: dropped, ${reason}`;
    case "held":
      return `${filter}: held in its window${closed === 0 ? "" : `, and closed ${closed === 1 ? "the one before" : `${closed} before`}`}`;
    case "passed_by":
      return `${filter}: waits for the clock; the window is made when it is sealed`;
    case "marked":
      return `${filter}: ${shown(value, quality)}, ${reason}`;
    case "changed":
      return `${filter}: ${shown(value, quality)}`;
    default:
      return `${filter}: passed`;
  }
}
