/**
 * sensor-runner: keeps one sensor open and reads it until the sampler stops or its stream ends.
 *
 * - A fault with `retry` is asked again at the next turn; any other closes the driver, which is opened again after
 *   a back-off. A missing sensor stops nothing else.
 * - Every call of the driver goes through its bus. A call that does not answer when the sampler stops is left
 *   alone, and the driver is not closed under it.
 * - A stream is opened again behind the last burst that was taken, committed or not: those readings are pending.
 * - A replay waits while the spool is crowded. A live stream never does, for nobody else keeps what it says; what it
 *   has not handed over when the sampler stops is taken then.
 */
import { bug, Fault, type Micros, micros, type Random } from "../../protocol/index.ts";
import type { Burst, Driver, PolledDriver, Sample, StreamDriver } from "../sensors/contract.ts";
import type { EventClock, Journal } from "../spool/journal.ts";
import { backOff } from "./back-off.ts";
import { type Bus, orAborted } from "./bus.ts";
import type { SensorChannels } from "./channels.ts";
import type { Commits } from "./commits.ts";
import { type CallContext, DriverCalls } from "./driver-calls.ts";
import { type Turns, turnsOf } from "./pace.ts";
import type { SensorPlan } from "./plan.ts";
import { driverFault, newState, type SensorState } from "./sensor-state.ts";
import { count } from "./tally.ts";
import { turnAtOrBefore } from "./turns.ts";

export interface RunnerContext extends CallContext {
  readonly random: Random;
  readonly journal: Journal;
  readonly eventClock: EventClock;
  readonly commits: Commits;
}

export class SensorRunner {
  readonly state: SensorState = newState();
  readonly channels: SensorChannels;
  readonly driver: Driver;
  /** Of the last burst taken. */
  cursor: unknown;
  /** The turn that is being read or waited for on the bus. */
  turn: Micros | undefined;
  readonly #calls: DriverCalls;
  readonly #context: RunnerContext;
  /** The last instant given to a sample, so that none is given twice. */
  #lastAt = micros(-1);

  constructor(channels: SensorChannels, driver: Driver, bus: Bus, cursor: unknown, context: RunnerContext) {
    this.channels = channels;
    this.driver = driver;
    this.cursor = cursor;
    this.#calls = new DriverCalls(channels.plan.name, driver, bus, this.state, context);
    this.#context = context;
  }

  get #plan(): SensorPlan {
    return this.channels.plan;
  }

  /** Resolves at the end of a stream, or when the signal ends. */
  async run(): Promise<void> {
    const { signal } = this.#context;
    try {
      while (!(await this.#attempt())) await this.#waitAfterFault();
      this.channels.flush();
      this.state.activity = "ended";
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      this.state.activity = "stopped";
      this.#takeRest();
    }
    this.#context.commits.touch();
    const isTaken = this.#calls.isBusTaken;
    const closing = this.#close();
    if (!isTaken) await closing; // else it is closed when the call that hangs has answered
  }

  /** Opens and reads; true at the end of the stream, false after a fault. */
  async #attempt(): Promise<boolean> {
    try {
      this.state.activity = "opening";
      this.#due(this.#context.clock.monotonic());
      await this.#calls.call(() => (this.driver.shape === "stream" ? this.driver.open(this.cursor) : this.driver.open()));
      this.state.activity = "running";
      if (this.driver.shape === "polled") return await this.#poll(this.driver);
      await this.#draw(this.driver);
      return true;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.turn = undefined;
      this.#failed(error);
      await orAborted(this.#close(), this.#context.signal); // behind a neighbour that hangs it would never end
      return false;
    }
  }

  async #poll(driver: PolledDriver): Promise<never> {
    for (let after = this.#context.clock.monotonic(); ; ) {
      const turn = await this.#turnBehind(after);
      await this.#retrying(() => this.#read(driver, turn));
      after = this.#endOfTurn(turn);
    }
  }

  /** Resolves at the first turn behind `after`. */
  async #turnBehind(after: Micros): Promise<Micros> {
    const { clock, signal } = this.#context;
    const turns = this.#turns();
    for (;;) {
      const turn = turns.next(after);
      this.turn = turn;
      this.#due(turn);
      const wait = Math.max(0, (turn ?? Infinity) - clock.monotonic()) as Micros;
      const isNear = turn !== undefined && wait <= (turns.lookAgain ?? Infinity);
      await clock.sleep(`read ${this.#plan.name}`, isNear ? wait : (turns.lookAgain ?? wait), signal);
      if (isNear) return turn;
    }
  }

  /** Counts the turns that have passed meanwhile; the next one comes after the returned instant. */
  #endOfTurn(turn: Micros): Micros {
    const turns = this.#turns();
    // On the grid a late read is that of a later turn; an exact instant lies on none.
    const taken = this.#plan.stamp === "grid" ? Math.max(turn, this.#lastAt) : turn;
    const now = micros(Math.max(taken, this.#context.clock.monotonic()));
    this.channels.tally.skipped += turns.passed(turn, now);
    // Half a period on at least: where the offset moves by microseconds, the same turn would come again.
    return micros(Math.max(now, Math.floor(taken + turns.grid().every / 2)));
  }

  async #read(driver: PolledDriver, turn: Micros): Promise<void> {
    let at = turn;
    const sample = await this.#calls.call(() => {
      at = this.#stamp(turn);
      return driver.read(this.#context.signal);
    });
    this.#lastAt = at;
    this.channels.take(sample, at);
    this.#succeeded();
  }

  /** The instant of a read that begins now: its turn, or a later one where the bus was taken that long. */
  #stamp(turn: Micros): Micros {
    const now = this.#context.clock.monotonic();
    const at = this.#plan.stamp === "grid" ? Math.max(turn, turnAtOrBefore(now, this.#turns().grid())) : now;
    return micros(Math.max(at, this.#lastAt + 1));
  }

  #turns(): Turns {
    const { every, name } = this.#plan;
    return turnsOf(this.#plan, every ?? bug(`${name}: polled without every`), this.#context.eventClock, this.#context.clock);
  }

  async #draw(driver: StreamDriver): Promise<void> {
    const { journal, commits, signal } = this.#context;
    for (let isAtEnd = false; !isAtEnd; ) {
      if (driver.pace === "drawn") await orAborted(journal.ready(signal), signal);
      await commits.room();
      isAtEnd = await this.#retrying(() => this.#burst(driver), true);
    }
  }

  /** Takes one burst; true where the stream has ended. */
  async #burst(driver: StreamDriver): Promise<boolean> {
    const burst = await this.#calls.call(() => driver.next(this.#context.signal));
    if (burst === undefined) return true;
    this.#take(burst);
    this.#succeeded();
    return false;
  }

  #takeRest(): void {
    if (this.driver.shape !== "stream") return;
    try {
      const burst = this.driver.rest?.();
      if (burst !== undefined) this.#take(burst);
    } catch (error) {
      this.#failed(driverFault(this.#plan.name, error, this.#context.log));
    }
  }

  #take({ samples, skipped = {}, cursor = this.cursor }: Burst): void {
    for (const sample of samples) this.channels.take(sample, this.#arrival(sample));
    for (const [reason, amount] of Object.entries(skipped)) count(this.channels.tally.failed, reason, amount);
    this.cursor = cursor;
  }

  /** Arrivals ascend: two that came in one microsecond are told apart. */
  #arrival({ at, arrived }: Sample): Micros {
    if (at !== undefined) return this.#context.clock.monotonic();
    if (arrived === undefined) bug(`${this.#plan.name}: a sample of a stream without its instant`);
    this.#lastAt = micros(Math.max(arrived, this.#lastAt + 1));
    return this.#lastAt;
  }

  /** Runs a call whose faults with `retry` are taken as "not this time": false then. */
  async #retrying<T>(work: () => Promise<T>, isWaiting = false): Promise<T | false> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Fault && error.retry)) throw error;
      this.#failed(error);
      if (isWaiting) await this.#waitAfterFault();
      return false;
    }
  }

  /** A stream sets its own pace: nothing of it is ever due. */
  #due(at: Micros | undefined): void {
    if (this.driver.shape === "polled") this.state.dueAt = at;
  }

  async #close(): Promise<void> {
    const fault = await this.#calls.close();
    if (fault !== undefined) this.#failed(fault);
  }

  #succeeded(): void {
    const { commits, clock, log } = this.#context;
    if (this.state.fault !== undefined) log.info({ sensor: this.#plan.name }, "sensor answers again");
    this.state.activity = "running";
    this.state.fault = undefined;
    this.state.failures = 0;
    this.state.lastSampleAt = clock.monotonic();
    commits.touch();
  }

  #failed(fault: Fault): void {
    const { commits, log } = this.#context;
    if (this.state.fault?.code !== fault.code) log.warn({ sensor: this.#plan.name, code: fault.code, hint: fault.hint }, fault.message);
    count(this.channels.tally.failed, fault.code);
    this.state.fault = fault;
    this.state.failures += 1;
    commits.touch();
  }

  async #waitAfterFault(): Promise<void> {
    const { clock, random, signal } = this.#context;
    this.state.activity = "waiting";
    const delay = backOff(this.state.failures, random);
    this.#due(micros(clock.monotonic() + delay));
    await clock.sleep(`reopen ${this.#plan.name}`, delay, signal);
  }
}
