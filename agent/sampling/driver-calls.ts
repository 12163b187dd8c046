/**
 * driver-calls: every call of one driver, in its turn on the bus, with what it threw made into a fault.
 *
 * When the sampler stops, a call that has begun goes on alone; the driver is closed behind it, never under it.
 */
import type { Clock, Fault, Log } from "../../protocol/index.ts";
import type { Driver } from "../sensors/contract.ts";
import type { Bus } from "./bus.ts";
import { driverFault, type SensorState } from "./sensor-state.ts";
import type { Threads } from "./threads.ts";

export interface CallContext {
  readonly clock: Clock;
  readonly log: Log;
  /** Shared by all drivers that are polled. A stream may wait for hours without hanging, so it is not in it. */
  readonly threads: Threads;
  /** Ends when the sampler stops. */
  readonly signal: AbortSignal;
}

/** What closes a driver is not cut short. */
const NEVER = new AbortController().signal;

export class DriverCalls {
  readonly #sensor: string;
  readonly #driver: Driver;
  readonly #bus: Bus;
  readonly #state: SensorState;
  readonly #context: CallContext;

  constructor(sensor: string, driver: Driver, bus: Bus, state: SensorState, context: CallContext) {
    this.#sensor = sensor;
    this.#driver = driver;
    this.#bus = bus;
    this.#state = state;
    this.#context = context;
  }

  /** A call is running or waiting on the bus, of this driver or another. */
  get isBusTaken(): boolean {
    return this.#bus.isTaken;
  }

  /** @throws Fault of the driver, or the signal's reason when the sampler stops. */
  call<T>(work: () => Promise<T>): Promise<T> {
    const { signal, threads } = this.#context;
    const guarded = () => this.#guarded(work);
    return this.#bus.run(() => (this.#driver.shape === "polled" ? threads.run(guarded, signal) : guarded()), signal);
  }

  /** Closes the driver when the bus is free; resolves with the fault where that failed. */
  async close(): Promise<Fault | undefined> {
    try {
      await this.#bus.run(() => this.#driver.close(), NEVER);
      return undefined;
    } catch (error) {
      return driverFault(this.#sensor, error, this.#context.log);
    }
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    const { clock, signal, log } = this.#context;
    this.#state.busySince = clock.monotonic();
    try {
      return await work();
    } catch (error) {
      throw signal.aborted ? signal.reason : driverFault(this.#sensor, error, log);
    } finally {
      this.#state.busySince = undefined;
    }
  }
}
