/**
 * registry: the kinds of store, as in `store: { kind }` of the config. A new one is one line here.
 */
import type { Store } from "./contract.ts";
import { createSqliteStore } from "./sqlite.ts";

export interface StoreConfig {
  /** The collector's data file, for stores that live in it. */
  readonly file: string;
  readonly access: "read" | "write";
}

export const STORES: Readonly<Record<string, (config: StoreConfig) => Store>> = {
  sqlite: createSqliteStore,
};
