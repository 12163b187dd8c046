/**
 * series-table: the number of each series, given out once and never used again.
 *
 * Unit and kind are part of what a series is: another unit under the same name is the next version, shown apart.
 */
import type { Database } from "better-sqlite3";
import { type Catalog, type Labels, LIMITS, type SeriesSpec, seriesId } from "../../protocol/index.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import type { SeriesNumber } from "../stores/contract.ts";
import { type PreparedOnce, preparedOnce } from "./prepared-once.ts";

/** Over all its catalogs: an agent that makes up names harms nobody else. */
const SERIES_PER_AGENT = 4 * LIMITS.seriesPerBatch;

interface SeriesRow {
  readonly number: SeriesNumber;
  readonly agent: string;
  readonly sensor: string;
  readonly channel: string;
  readonly version: number;
  readonly spec: string;
  /** Of its agent, as of the last hello. */
  readonly labels: string | null;
}

export class SeriesTable {
  readonly #db: PreparedOnce;

  constructor(db: Database) {
    this.#db = preparedOnce(db);
  }

  list(): SeriesInfo[] {
    const rows = this.#db
      .prepare(
        `SELECT s.number, s.agent, s.sensor, s.channel, s.version, s.spec, a.labels FROM series s LEFT JOIN agent a ON a.name = s.agent
         ORDER BY s.agent, s.sensor, s.channel, s.version`,
      )
      .all();
    return (rows as SeriesRow[]).map(({ number, agent, sensor, channel, version, spec, labels }) => ({
      number,
      id: seriesId(agent, sensor, channel),
      version,
      spec: JSON.parse(spec) as SeriesSpec,
      ...(labels !== null && { labels: JSON.parse(labels) as Labels }),
    }));
  }

  /** Gives numbers to the series of a catalog where they are new. The spec of the newest catalog counts. */
  add(agent: string, catalog: Catalog): void {
    for (const spec of catalog) this.#keep(agent, spec);
  }

  /** The numbers of a catalog's series; undefined beyond the agent's limit. */
  numbersOf(agent: string, catalog: Catalog): (SeriesNumber | undefined)[] {
    return catalog.map((spec) => this.#find(agent, spec)?.number);
  }

  #keep(agent: string, spec: SeriesSpec): void {
    const json = JSON.stringify(spec);
    const known = this.#find(agent, spec);
    if (known === undefined) this.#add(agent, spec, json);
    else if (known.spec !== json) this.#db.prepare("UPDATE series SET spec = ? WHERE number = ?").run(json, known.number);
  }

  #find(agent: string, { sensor, channel, unit, kind }: SeriesSpec): { readonly number: SeriesNumber; readonly spec: string } | undefined {
    const find = this.#db.prepare(
      "SELECT number, spec FROM series WHERE agent = ? AND sensor = ? AND channel = ? AND unit = ? AND kind = ?",
    );
    return find.get(agent, sensor, channel, unit, kind) as { number: SeriesNumber; spec: string } | undefined;
  }

  #add(agent: string, { sensor, channel, unit, kind }: SeriesSpec, json: string): void {
    const count = (where: string, ...args: readonly string[]) =>
      this.#db
        .prepare(`SELECT COUNT(*) FROM series WHERE ${where}`)
        .pluck()
        .get(...args) as number;
    if (count("agent = ?", agent) >= SERIES_PER_AGENT) return;
    const version = count("agent = ? AND sensor = ? AND channel = ?", agent, sensor, channel) + 1;
    this.#db
      .prepare("INSERT INTO series (agent, sensor, channel, unit, kind, version, spec) VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(agent, sensor, channel, unit, kind, version, json);
  }
}
