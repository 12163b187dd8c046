/**
 * series-table: the number of each series, given out once and never used again.
 *
 * Unit and kind are part of what a series is: another unit under the same name is the next version, shown apart.
 */
import type { Database } from "better-sqlite3";
import { type Catalog, LIMITS, type SeriesSpec, seriesId } from "../../protocol/index.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import type { SeriesNumber } from "../stores/contract.ts";

/** Over all its catalogs: an agent that makes up names harms nobody else. */
const SERIES_PER_AGENT = 4 * LIMITS.seriesPerBatch;

interface SeriesRow {
  readonly number: SeriesNumber;
  readonly agent: string;
  readonly sensor: string;
  readonly channel: string;
  readonly version: number;
  readonly spec: string;
}

export class SeriesTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(): SeriesInfo[] {
    const rows = this.#db.prepare("SELECT number, agent, sensor, channel, version, spec FROM series ORDER BY agent, sensor, channel, version").all();
    return (rows as SeriesRow[]).map(({ number, agent, sensor, channel, version, spec }) => ({
      number,
      id: seriesId(agent, sensor, channel),
      version,
      spec: JSON.parse(spec) as SeriesSpec,
    }));
  }

  /**
   * Numbers for the series of a catalog, given out where they are new; undefined beyond the agent's limit. The spec
   * of the newest catalog counts.
   */
  numbersOf(agent: string, catalog: Catalog): (SeriesNumber | undefined)[] {
    return catalog.map((spec) => this.#numberOf(agent, spec));
  }

  #numberOf(agent: string, spec: SeriesSpec): SeriesNumber | undefined {
    const { sensor, channel, unit, kind } = spec;
    const json = JSON.stringify(spec);
    const known = this.#db
      .prepare("SELECT number, spec FROM series WHERE agent = ? AND sensor = ? AND channel = ? AND unit = ? AND kind = ?")
      .get(agent, sensor, channel, unit, kind) as { number: number; spec: string } | undefined;
    if (known === undefined) return this.#add(agent, spec, json);
    if (known.spec !== json) this.#db.prepare("UPDATE series SET spec = ? WHERE number = ?").run(json, known.number);
    return known.number;
  }

  #add(agent: string, { sensor, channel, unit, kind }: SeriesSpec, json: string): SeriesNumber | undefined {
    const count = (where: string, ...args: readonly string[]) => this.#db.prepare(`SELECT COUNT(*) FROM series WHERE ${where}`).pluck().get(...args) as number;
    if (count("agent = ?", agent) >= SERIES_PER_AGENT) return undefined;
    const version = count("agent = ? AND sensor = ? AND channel = ?", agent, sensor, channel) + 1;
    const added = this.#db
      .prepare("INSERT INTO series (agent, sensor, channel, unit, kind, version, spec) VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(agent, sensor, channel, unit, kind, version, json);
    return Number(added.lastInsertRowid);
  }
}
