/**
 * options: what may be said about a fleet on the command line.
 */
import type { Micros } from "../../protocol/index.ts";

export interface FleetOptions {
  readonly agents: number;
  readonly every: Micros;
  readonly readings: number;
  readonly ramp: Micros;
  readonly for: Micros;
  readonly patience: Micros;
  /** As it was typed. */
  readonly collector: string;
  readonly prefix: string;
  readonly profile: string;
  readonly seed: number;
  readonly name: string;
  /** Control socket or URL of the API. */
  readonly ask: string;
  readonly tokenFile?: string;
  readonly check: boolean;
  readonly json: boolean;
}
