/**
 * series: which series there are, and since when and until when they have data.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { isoInstant, MICROS_PER_SECOND } from "../../protocol/index.ts";
import { selectSeries } from "../report/select.ts";
import type { ReportSource } from "../report/source.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import { type List, limitUpTo, listAnswer, listFormat, sendList } from "./list.ts";
import type { HttpParts } from "./parts.ts";
import { addRoute } from "./route.ts";

const row = z.strictObject({
  number: z.int().describe("never used again"),
  id: z.string().describe("agent/sensor/channel"),
  version: z.int().describe("another unit or kind under the same name is the next version"),
  unit: z.string().describe("UCUM"),
  kind: z.string(),
  sampling: z.string(),
  period_seconds: z.number(),
  heartbeat_seconds: z.number(),
  from: z.string().nullable().describe("start of its first quarter hour with data"),
  to: z.string().nullable().describe("end of its last"),
  labels: z.record(z.string(), z.string()).describe("of its agent, as of the last hello"),
});

const list: List = { name: "series", row };

const query = z.strictObject({
  series: z.string().min(1).max(500).optional().describe("patterns with commas between; fewer levels stand for all below"),
  where: z.string().min(1).max(500).optional().describe("labels of agents, like site=kiel,customer=12"),
  cursor: z.coerce.number().int().nonnegative().default(0).describe('the "next" of the page before'),
  limit: limitUpTo(1_000),
  format: listFormat,
});

export function addSeries(app: FastifyInstance, { source }: HttpParts): void {
  addRoute(app, {
    method: "GET",
    path: "/api/v1/series",
    needs: "read",
    operationId: "listSeries",
    summary: "Series by their number",
    query,
    answer: listAnswer(list, "A page of series"),
    handle: async ({ query: { series, where, cursor, limit, format }, request, reply }) => {
      const rest = selectSeries(source.series(), series, where)
        .filter(({ number }) => number > cursor)
        .sort((a, b) => a.number - b.number);
      const page = rest.slice(0, limit);
      const rows = await Promise.all(page.map((info) => describe(source, info)));
      const next = rest.length > page.length ? String(page.at(-1)?.number) : null;
      return sendList(list, { rows, next }, { request, reply, format });
    },
  });
}

async function describe({ store }: ReportSource, { number, id, spec, version, labels = {} }: SeriesInfo): Promise<z.infer<typeof row>> {
  const extent = await store.extent(number);
  return {
    number,
    id,
    version,
    unit: spec.unit,
    kind: spec.kind,
    sampling: spec.sampling,
    period_seconds: spec.period / MICROS_PER_SECOND,
    heartbeat_seconds: spec.heartbeat / MICROS_PER_SECOND,
    from: extent === undefined ? null : isoInstant(extent.from),
    to: extent === undefined ? null : isoInstant(extent.to),
    labels,
  };
}
