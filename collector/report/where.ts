/**
 * where: the series of the agents whose labels are as asked: `site=kiel,customer=12`, all of them must hold.
 *
 * A `*` in a value stands for any text: `site=*` are the agents that say where they stand.
 */
import { didYouMean, Fault } from "../../protocol/index.ts";
import type { SeriesInfo } from "../rollup/series.ts";

const FORM = "expected labels like site=kiel or site=kiel,customer=12";

/** @throws Fault `bad_query` where it cannot be read, `unknown_label` where no agent has such a label. */
export function selectWhere(all: readonly SeriesInfo[], where: string | undefined): readonly SeriesInfo[] {
  if (where === undefined) return all;
  let chosen = all;
  for (const text of where.split(",")) {
    const [, key, wanted] = /^\s*([^=\s]+)\s*=\s*(\S(?:.*\S)?)\s*$/u.exec(text) ?? [];
    if (key === undefined || wanted === undefined) throw new Fault("bad_query", `where: ${FORM}, got ${JSON.stringify(text.slice(0, 80))}`);
    const fitting = all.filter(({ labels }) => labels?.[key] !== undefined && matches(labels[key], wanted));
    if (fitting.length === 0 && all.length > 0) throw unknownLabel(all, key, wanted);
    chosen = chosen.filter((series) => fitting.includes(series));
  }
  return chosen;
}

function matches(value: string, wanted: string): boolean {
  const [first = "", ...rest] = wanted.split("*");
  const last = rest.pop();
  if (last === undefined) return value === wanted;
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, from);
    if (found < 0 || found + part.length > value.length - last.length) return false;
    from = found + part.length;
  }
  return true;
}

function unknownLabel(all: readonly SeriesInfo[], key: string, wanted: string): Fault {
  const keys = new Set(all.flatMap(({ labels = {} }) => Object.keys(labels)));
  const values = new Set(all.flatMap(({ labels }) => (labels?.[key] === undefined ? [] : [labels[key]])));
  const asked = JSON.stringify(`${key}=${wanted}`.slice(0, 80));
  if (keys.size === 0) {
    return new Fault("unknown_label", `expected a label that agents have, got ${asked}: no agent says any`, {
      hint: "labels: { site: kiel } in the agent's config, then tributary-agent reload",
    });
  }
  const advice = keys.has(key) ? didYouMean(wanted, values) : didYouMean(key, keys);
  const there = keys.has(key) ? `${key} is ${some(values)}` : `there is ${some(keys)}`;
  return new Fault("unknown_label", `expected a label that agents have, got ${asked}${advice}`, { hint: there });
}

function some(names: ReadonlySet<string>): string {
  return [...names].sort().slice(0, 10).join(", ");
}
