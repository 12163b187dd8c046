/**
 * bench: the contract of a bench: what it measures, how it is run, and what of it goes into the summary.
 */
import type { Option } from "commander";

export type Print = (row: object) => void;

export interface BenchRun {
  /** Small: to see that it runs, not for figures. */
  readonly quick: boolean;
  /** Its own options, with their defaults; of those there are none where all benches are run. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Called for each row as it comes. */
  readonly print: Print;
}

export interface Bench {
  /** One line for `--help`. */
  readonly about: string;
  readonly options?: readonly Option[];
  /** Keys of a row that say what it is about. */
  readonly named: readonly string[];
  /** Keys of a row that go into the summary. */
  readonly figures: readonly string[];
  run(run: BenchRun): Promise<void>;
}
