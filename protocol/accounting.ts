/**
 * accounting: every reading ends as exactly one of these, and the sum is checked, not hoped for.
 *
 *   read + derived = filtered + inWindow + summarised + open + sealed + dropped
 *
 * A summary counts as one reading: it is `derived` when its window closes, and the readings in it are
 * `summarised`. The counters only grow, are kept for the life of a spool and commit with its journal;
 * `open` and `inWindow` are states, not counters. `lostAtPowerCut` is a line of its own: it was never
 * committed, so it is in no sum.
 */
export interface Totals {
  /** Readings taken from drivers. */
  readonly read: number;
  /** Readings made by filters: derived channels and summaries. */
  readonly derived: number;
  /** Readings ended by a filter, for any reason. */
  readonly filtered: number;
  /** Readings inside windows that are still open. */
  readonly inWindow: number;
  /** Readings that left inside a summary. */
  readonly summarised: number;
  /** Readings in the journal, not sealed yet. */
  readonly open: number;
  /** Readings in sealed batches, each batch counted once, whatever became of it. */
  readonly sealed: number;
  /** Readings given up after they were read and before they were sealed, for any reason. */
  readonly dropped: number;
}

export const NO_TOTALS: Totals = {
  read: 0,
  derived: 0,
  filtered: 0,
  inWindow: 0,
  summarised: 0,
  open: 0,
  sealed: 0,
  dropped: 0,
};

/** What is left over where the account does not balance; 0 means that it does. */
export function imbalance(totals: Totals): number {
  const { read, derived, filtered, inWindow, summarised, open, sealed, dropped } = totals;
  return read + derived - (filtered + inWindow + summarised + open + sealed + dropped);
}
