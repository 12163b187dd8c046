import { describe, expect, test } from "vitest";
import { selectSeries } from "../../../collector/report/select.ts";
import type { SeriesInfo } from "../../../collector/rollup/series.ts";
import { isFault, type Labels, seriesId } from "../../../protocol/index.ts";

const series = (agent: string, labels?: Labels): SeriesInfo =>
  ({ number: 1, id: seriesId(agent, "air", "t"), version: 1, spec: {}, ...(labels && { labels }) }) as unknown as SeriesInfo;

const ALL = [
  series("a", { site: "kiel", customer: "12" }),
  series("b", { site: "kiel harbour" }),
  series("c", { site: "hamburg", customer: "12" }),
  series("d"),
];

const agents = (where: string, patterns?: string) => selectSeries(ALL, patterns, where).map(({ id }) => id.split("/")[0]);

function faultOf(where: string, all = ALL) {
  try {
    return selectSeries(all, undefined, where);
  } catch (error) {
    if (!isFault(error)) throw error;
    return [error.code, error.message, error.hint];
  }
}

describe("where", () => {
  test.each([
    ["site=kiel", ["a"]],
    ["site=kiel*", ["a", "b"]],
    ["site=*", ["a", "b", "c"]],
    ["site=*a*b*", ["b", "c"]], // h-a-r-b-our, h-a-m-b-urg
    ["site = kiel , customer=12", ["a"]],
    ["customer=12", ["a", "c"]],
    ["customer=12,site=h*g", ["c"]],
    ["site=kiel harbour", ["b"]],
  ])("%s means the series of %j", (where, expected) => {
    expect(agents(where)).toEqual(expected);
  });

  test("narrows what the patterns say", () => {
    expect(agents("customer=12", "c,a/air")).toEqual(["a", "c"]);
    expect(() => agents("customer=12", "b")).toThrow(expect.objectContaining({ code: "unknown_series" }));
  });

  test("refuses what it cannot read, and labels that nobody has, with the nearest", () => {
    expect(faultOf("site")).toMatchObject([
      "bad_query",
      'where: expected labels like site=kiel or site=kiel,customer=12, got "site"',
      undefined,
    ]);
    expect(faultOf("site=kel")).toEqual([
      "unknown_label",
      'expected a label that agents have, got "site=kel"; did you mean "kiel"?',
      "site is hamburg, kiel, kiel harbour",
    ]);
    expect(faultOf("sit=kiel")).toEqual([
      "unknown_label",
      'expected a label that agents have, got "sit=kiel"; did you mean "site"?',
      "there is customer, site",
    ]);
    expect(faultOf("site=kiel", [series("d")])).toMatchObject([
      "unknown_label",
      expect.stringContaining("no agent says any"),
      expect.any(String),
    ]);
    expect(faultOf("site=kiel", [])).toEqual([]);
  });
});
