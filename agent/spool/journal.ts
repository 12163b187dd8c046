/**
 * journal: what the sampler commits, and what it finds again after a restart.
 *
 * A commit is one row of the spool's journal, written and synced as one transaction: readings, counters,
 * filter state and cursors stand or fall together.
 */
import type { Catalog, Summary } from "../../protocol/index.ts";
import type { StampGrid } from "./stamp.ts";

/**
 * How the instants of a frame were taken: `boot` = microseconds since boot, final only when sealed under a
 * trusted clock; `device` = the device's or file's own epoch microseconds, never restamped.
 */
export type Stamp = "boot" | "device";

/** Readings of one channel over the instants of its frame. */
export interface OpenColumn {
  /** Index of the series in the catalog. */
  readonly series: number;
  /** 1 where the channel has a value at that instant. */
  readonly present: Uint8Array;
  /** One finite double per present instant. */
  readonly values: Float64Array;
  /** Index into QUALITIES per present instant. */
  readonly quality: Uint8Array;
}

export interface OpenFrame {
  /** Index of the sensor in the config. */
  readonly sensor: number;
  readonly stamp: Stamp;
  /** Microseconds, since boot or since the epoch as `stamp` says. */
  readonly at: Float64Array;
  readonly columns: readonly OpenColumn[];
}

/** Counters of one sensor: running sums for the life of the spool, by reason. */
export interface SensorTally {
  read: number;
  derived: number;
  summarised: number;
  /** In windows that are open now. */
  inWindow: number;
  filtered: Record<string, number>;
  marked: Record<string, number>;
  dropped: Record<string, number>;
  /** Turns of a polled sensor that were skipped because the one before was still running. */
  skipped: number;
  /** Reads that failed, by fault code. */
  failed: Record<string, number>;
}

/** Everything the sampler must find again: saved with each commit, replaced as a whole. */
export interface SamplerState {
  /** By sensor name. */
  readonly tallies: Record<string, SensorTally>;
  /** By `sensor/channel`: one entry per filter in order. */
  readonly filters: Record<string, readonly unknown[]>;
  /** By sensor name: cursor of a stream driver. */
  readonly cursors: Record<string, unknown>;
}

export interface Commit {
  readonly frames: readonly OpenFrame[];
  /** Summaries whose windows closed under a trusted clock: their instants are final. By series index. */
  readonly summaries: readonly { readonly series: number; readonly summary: Summary }[];
  readonly state: SamplerState;
  /** Holds a reading beyond the bounds of `urgent`: it is sealed and sent at once. */
  readonly urgent?: boolean;
}

/** The spool as the sampler sees it. */
export interface Journal {
  /** State of the last commit; undefined in a new spool. */
  readonly saved: SamplerState | undefined;
  /**
   * Commits; resolves when the row is durable. Calls may overlap and are kept in order.
   * @throws Fault `spool_full` when the quota is used up (the commit was not taken: the sampler counts its
   *   readings as dropped), `disk_full` when the disk is.
   */
  commit(commit: Commit): Promise<void>;
  /** Makes another catalog known, durably; it is not in force yet. @throws Fault `disk_full`. @returns its number. */
  addCatalog(catalog: Catalog, grids: readonly StampGrid[]): Promise<number>;
  /** Commits behind this call are of that catalog. */
  switchCatalog(id: number): Promise<void>;
  /** Resolves when the spool has room for a replay's next burst: streams are drawn no faster than this. */
  ready(signal: AbortSignal): Promise<void>;
}

/** The agent's notion of event time, for the sampler. */
export interface EventClock {
  /**
   * Micros to add to the monotonic clock to get the wall clock, where that is trusted now; undefined
   * otherwise. It may change while the agent runs.
   */
  trustedOffset(): number | undefined;
}
