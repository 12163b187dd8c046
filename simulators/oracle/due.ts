/**
 * due: what must be in the store, number by number.
 */
import type { EpochMicros } from "../../protocol/index.ts";

/** The readings of one series, numbered from 0. */
export interface DueSeries {
  /** `agent/sensor/channel`. */
  readonly series: string;
  /** So many were sent, or will be. */
  readonly count: number;
  /** The number of a stored reading, below `count`; undefined where no such reading was sent. */
  indexOf(value: number, at: EpochMicros): number | undefined;
}

export interface DueAgent {
  readonly agent: string;
  readonly series: readonly DueSeries[];
  /** Has the agent no other sensors? Then what it declares lost is of these series. */
  readonly isAlone: boolean;
}

export function sentOf({ series }: DueAgent): number {
  return series.reduce((sum, { count }) => sum + count, 0);
}
