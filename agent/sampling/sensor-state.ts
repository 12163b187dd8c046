/**
 * sensor-state: what a person wants to know of a sensor: does it live, and if not, why and since when.
 */
import { Fault, type Log, type Micros } from "../../protocol/index.ts";
import type { SensorTally } from "../spool/journal.ts";
import type { ChannelStatus } from "./channels.ts";

/**
 * opening; running; waiting = closed after a fault, to be opened again; ended = a stream at its end; stopped.
 */
export type SensorActivity = "opening" | "running" | "waiting" | "ended" | "stopped";

export interface SensorStatus {
  readonly name: string;
  readonly driver: string;
  readonly bus: string;
  readonly activity: SensorActivity;
  /** The last call failed so; undefined when it went well. */
  readonly fault: { readonly code: string; readonly message: string; readonly hint: string | undefined } | undefined;
  /** Monotonic instant of the last sample; undefined before the first of this run. */
  readonly lastSampleAt: Micros | undefined;
  /** A call of the driver has been running since this monotonic instant: one that hangs is seen here. */
  readonly busySince: Micros | undefined;
  /**
   * Monotonic instant at which the work that is under way or waited for was, or will be, due; undefined where none is
   * ever due: a stream sets its own pace.
   */
  readonly dueAt: Micros | undefined;
  readonly tally: SensorTally;
  readonly channels: readonly ChannelStatus[];
}

/** The changing half of a status. */
export interface SensorState {
  activity: SensorActivity;
  fault: Fault | undefined;
  lastSampleAt: Micros | undefined;
  busySince: Micros | undefined;
  dueAt: Micros | undefined;
  /** Failures in a row. */
  failures: number;
}

export function newState(): SensorState {
  return { activity: "opening", fault: undefined, lastSampleAt: undefined, busySince: undefined, dueAt: undefined, failures: 0 };
}

/**
 * What a driver threw, as a fault. A bug in a driver costs its sensor, not the agent: the others go on, and this
 * one is opened anew; it is shown, counted and logged with its stack.
 */
export function driverFault(sensor: string, error: unknown, log: Log): Fault {
  if (error instanceof Fault) return error;
  log.error({ sensor, error }, "bug in a driver; the sensor is opened again");
  const message = error instanceof Error ? error.message : String(error);
  return new Fault("driver_bug", `${sensor}: expected the driver to say what went wrong, got: ${message}`, {
    hint: "report it with the agent's log; the other sensors go on",
    cause: error,
  });
}
