/**
 * catalogs: what the indexes in a batch mean, by agent and reference.
 *
 * Read from the journal when a batch needs one. At hand are those used last, bounded by their series over all agents,
 * so that no agent fills the memory with what it made up.
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

/** About 50 MB; ten thousand agents with 20 channels each. */
export const SERIES_AT_HAND = 200_000;

export class Catalogs {
  readonly #journal: Journal;
  readonly #rangeOf: RangeOf;
  /** Those used last are last. */
  readonly #atHand = new Map<string, KnownCatalog>();
  #series = 0;

  constructor(journal: Journal, rangeOf: RangeOf) {
    this.#journal = journal;
    this.#rangeOf = rangeOf;
  }

  /** Series of the catalogs at hand. */
  get seriesAtHand(): number {
    return this.#series;
  }

  /** One that is durable; undefined where there is none. */
  find(agent: string, ref: CatalogRef): KnownCatalog | undefined {
    const key = `${agent}/${ref}`;
    const known = this.#atHand.get(key);
    if (known !== undefined) this.#atHand.delete(key);
    const found = known ?? this.#read(agent, ref);
    if (found === undefined) return undefined;
    this.#atHand.set(key, found);
    if (known === undefined) this.#makeRoom(found.series.length);
    return found;
  }

  #read(agent: string, ref: CatalogRef): KnownCatalog | undefined {
    const body = this.#journal.catalogs.bodyOf(agent, ref);
    if (body === undefined) return undefined;
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
    return { series, rules };
  }

  /** What was not used for the longest time goes. */
  #makeRoom(added: number): void {
    this.#series += added;
    for (const [key, { series }] of this.#atHand) {
      if (this.#series <= SERIES_AT_HAND) return;
      this.#atHand.delete(key);
      this.#series -= series.length;
    }
  }
}
