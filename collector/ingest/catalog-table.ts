/**
 * catalog-table: the catalogs of all agents on disk, and the numbers of their series. None is ever changed or deleted.
 *
 * Of two catalogs of an agent with one reference the first counts: readings that were acked under it may still wait.
 */
import type { Database } from "better-sqlite3";
import { type Catalog, type CatalogHash, type CatalogRef, catalogRef } from "../../protocol/index.ts";
import { type PreparedOnce, preparedOnce } from "./prepared-once.ts";
import type { SeriesTable } from "./series-table.ts";

export interface ReceivedCatalog {
  readonly hash: CatalogHash;
  readonly body: Uint8Array;
  readonly series: Catalog;
}

export class CatalogTable {
  readonly #db: PreparedOnce;
  readonly #series: SeriesTable;

  constructor(db: Database, series: SeriesTable) {
    this.#db = preparedOnce(db);
    this.#series = series;
  }

  /** Which there are. */
  list(): { readonly agent: string; readonly ref: CatalogRef }[] {
    return this.#db.prepare("SELECT agent, ref FROM catalog").all() as { agent: string; ref: CatalogRef }[];
  }

  bodyOf(agent: string, ref: CatalogRef): Uint8Array | undefined {
    return this.#db.prepare("SELECT body FROM catalog WHERE agent = ? AND ref = ?").pluck().get(agent, ref) as Uint8Array | undefined;
  }

  /** Runs inside the transaction of the batch that brought it. */
  keep(agent: string, { hash, body, series }: ReceivedCatalog): void {
    const ref = catalogRef(hash);
    this.#db.prepare("INSERT OR IGNORE INTO catalog (agent, ref, hash, body) VALUES (?, ?, ?, ?)").run(agent, ref, hash, body);
    const first = this.#db.prepare("SELECT hash FROM catalog WHERE agent = ? AND ref = ?").pluck().get(agent, ref);
    if (first === hash) this.#series.add(agent, series);
  }
}
