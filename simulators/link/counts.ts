/**
 * counts: what crossed a link, and what happened to its connections.
 */
/** Everything only grows. */
export interface LinkCounts {
  /** Connections taken from clients. */
  connections: number;
  /** Client to target, as the target got them. */
  bytes_up: number;
  bytes_down: number;
  /** Gone into black holes. */
  swallowed_up: number;
  swallowed_down: number;
  cut: number;
  reset: number;
  half_open: number;
  doubled: number;
  /** Turned away: `refuse` by chance, or too many. Who found nobody listening cannot be counted. */
  refused: number;
}

export const NOTHING: Readonly<LinkCounts> = {
  connections: 0,
  bytes_up: 0,
  bytes_down: 0,
  swallowed_up: 0,
  swallowed_down: 0,
  cut: 0,
  reset: 0,
  half_open: 0,
  doubled: 0,
  refused: 0,
};
