/**
 * catalogs: what the indexes in a batch mean, by agent and reference. Kept in RAM, read from the journal at start.
 */
import { type CatalogRef, decodeCatalog, type SeriesSpec } from "../../protocol/index.ts";
import type { SeriesNumber } from "../stores/contract.ts";
import type { Journal } from "./journal.ts";
import type { SeriesRule } from "./validate.ts";

export interface KnownCatalog {
  /** By index; undefined = beyond the agent's limit of series. */
  readonly series: readonly ({ readonly number: SeriesNumber; readonly spec: SeriesSpec } | undefined)[];
  readonly rules: readonly (SeriesRule | undefined)[];
}

/** The range of values that the config allows for a series; undefined = any. */
export type RangeOf = (id: string) => { readonly min: number; readonly max: number } | undefined;

export class Catalogs {
  readonly #journal: Journal;
  readonly #rangeOf: RangeOf;
  readonly #known = new Map<string, KnownCatalog>();

  constructor(journal: Journal, rangeOf: RangeOf) {
    this.#journal = journal;
    this.#rangeOf = rangeOf;
    for (const { agent, ref, body } of journal.catalogs()) this.add(agent, ref as CatalogRef, body);
  }

  find(agent: string, ref: CatalogRef): KnownCatalog | undefined {
    return this.#known.get(`${agent}/${ref}`);
  }

  /** Of a catalog that is durable: its series have their numbers. */
  add(agent: string, ref: CatalogRef, body: Uint8Array): void {
    const catalog = decodeCatalog(body);
    const numbers = this.#journal.series.numbersOf(agent, catalog);
    const series = catalog.map((spec, index) => {
      const number = numbers[index];
      return number === undefined ? undefined : { number, spec };
    });
    const rules = series.map((entry) =>
      entry === undefined
        ? undefined
        : { number: entry.number, range: this.#rangeOf(`${agent}/${entry.spec.sensor}/${entry.spec.channel}`) },
    );
    this.#known.set(`${agent}/${ref}`, { series, rules });
  }
}
