/**
 * media: which of the media types that there are suits the reader best (RFC 9110, 12.5.1).
 */
import { Fault } from "../../protocol/index.ts";

/**
 * The first of the best of `offered`; without a header the first.
 * @throws Fault `not_acceptable` where none fits.
 */
export function acceptedMedia<Type extends string>(accept: string | undefined, offered: readonly Type[]): Type {
  if (accept === undefined || accept.trim() === "") return offered[0] as Type;
  const ranges = accept.slice(0, 1_000).split(",").map(rangeOf);
  const rated = offered.map((type) => ({ type, weight: weightOf(type, ranges) }));
  const best = rated.reduce((a, b) => (b.weight > a.weight ? b : a));
  if (best.weight > 0) return best.type;
  throw new Fault("not_acceptable", `expected Accept to name one of ${offered.join(", ")}, got ${JSON.stringify(accept.slice(0, 100))}`, {
    hint: `send Accept: ${offered[0]}`,
  });
}

interface Range {
  readonly type: string;
  readonly weight: number;
}

function rangeOf(text: string): Range {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith("q="));
  const weight = q === undefined ? 1 : Number(q.slice(2));
  return { type, weight: weight >= 0 && weight <= 1 ? weight : 0 };
}

/** The most specific range that fits decides. */
function weightOf(type: string, ranges: readonly Range[]): number {
  const [family] = type.split("/");
  for (const pattern of [type, `${family}/*`, "*/*"]) {
    const range = ranges.find((each) => each.type === pattern);
    if (range !== undefined) return range.weight;
  }
  return 0;
}
