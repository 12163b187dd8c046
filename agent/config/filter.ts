/**
 * filter: one entry of `filters`: `- deadband: { width: 0.05 }`, and what may stand together in one list.
 */
import { z } from "zod";
import { checkValue, didYouMean, type Micros, micros, type Problem, QUARTER, showDuration } from "../../protocol/index.ts";
import { type ChosenFilter, type Measure, placeFilters, type Sampling } from "../filters/contract.ts";
import { FILTERS } from "../filters/registry.ts";

const EXPECTED = 'expected one filter like "deadband: { width: 0.05 }"';

/** A filter that needs no options may stand alone: `- change:`. */
export function filterEntry() {
  return z.record(z.string(), z.unknown(), EXPECTED).transform(async (entry, context): Promise<ChosenFilter> => {
    const refuse = (path: readonly PropertyKey[], message: string) => context.addIssue({ code: "custom", path: [...path], message });
    const [[name, options] = ["", undefined], ...more] = Object.entries(entry);
    const kind = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (name === "" || more.length > 0) refuse([], EXPECTED);
    else if (kind === undefined) refuse([name], unknownFilter(name));
    else {
      const checked = await checkValue(kind.config, options ?? {});
      if (checked.problems === undefined) return { kind, options: checked.value };
      for (const { path, message } of checked.problems) refuse([name, ...path], message);
    }
    return z.NEVER;
  });
}

/** Paths are from the list. `every` is the sensor's, where it has one; `measure` is what comes in. */
export function listProblems(filters: readonly ChosenFilter[], every: Micros | undefined, measure: Measure): readonly Problem[] {
  const sampling: Sampling = { kind: "periodic", period: every ?? micros(0), heartbeat: micros(0) };
  const { refusals } = placeFilters(filters, { sampling, measure });
  const problems: Problem[] = refusals.map(({ index, option, refuse }) => ({
    path: [index, filters[index]?.kind.name ?? "", ...(option === undefined ? [] : [option])],
    message: refuse,
  }));
  for (const [index, { kind, options }] of filters.entries()) {
    const path = [index, kind.name];
    if (index > 0 && kind.states?.(options) !== undefined) {
      problems.push({ path, message: `${kind.name} must stand first: no other filter takes names of states` });
    }
    const width = kind.summarises?.(options);
    if (width === undefined) continue;
    if (index < filters.length - 1) problems.push({ path, message: `${kind.name} must stand last: no filter takes summaries` });
    if (QUARTER % width !== 0) problems.push({ path, message: `its window must divide 15m, and ${showDuration(width)} does not` });
    if (every !== undefined && width < every) {
      problems.push({ path, message: `its window of ${showDuration(width)} is shorter than the sensor's every of ${showDuration(every)}` });
    }
  }
  return problems;
}

function unknownFilter(name: string): string {
  const names = Object.keys(FILTERS);
  return `unknown filter${didYouMean(name, names) || `; there is ${names.join(", ")}`}`;
}
