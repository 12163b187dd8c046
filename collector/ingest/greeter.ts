/**
 * greeter: answers a hello: keeps on disk which device has the name, and tells the operator where that is not clear.
 */
import { type Clock, type Hello, type HelloAck, type Log, type Random, type Standing, toHex } from "../../protocol/index.ts";
import { type IngestState, newEpochsOf, step } from "./delivery.ts";
import type { Journal } from "./journal.ts";

export interface GreeterOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly isClockTrusted: () => boolean;
}

export class Greeter {
  readonly #options: GreeterOptions;
  readonly #state: IngestState;

  constructor(options: GreeterOptions, state: IngestState) {
    this.#options = options;
    this.#state = state;
  }

  /** Behind the ledger, whose epochs are all new to it: who holds which name, as it was kept. */
  recall(): void {
    this.#state.newEpochs.clear();
    for (const { agent, holder, newEpochs } of this.#options.journal.holders.list()) {
      this.#state.holders.set(agent, holder);
      for (const epoch of newEpochs) newEpochsOf(this.#state, agent).add(epoch);
    }
  }

  /**
   * The answer; undefined where none may go out, and the agent asks again.
   * @param write carries out a write that the disk may refuse, and says whether it is done.
   */
  greet(agent: string, hello: Hello, write: (run: () => void) => boolean): Omit<HelloAck, "credit"> | undefined {
    const { journal, clock, random, isClockTrusted } = this.#options;
    const [greeting] = step(this.#state, { kind: "hello", agent, hello, random: toHex(random.bytes(8)) });
    if (greeting?.kind !== "greet") return undefined;
    const { session, standing, holder, isTakenOver, epochs, missingCatalogs } = greeting;
    const isKept = write(() => {
      if (standing === "denied") journal.holders.noteRefused(agent, clock.wall());
      else journal.holders.hear(agent, hello, holder, clock.wall());
    });
    if (isTakenOver && !isKept) return undefined; // after a restart the one before would be let in as well
    this.#tell(agent, standing, isTakenOver);
    const token = isKept && standing !== "denied" ? holder.token : "";
    const { collector, generation } = journal;
    const now = { time: clock.wall(), timeTrusted: isClockTrusted() };
    return { session, collector, generation, token, standing, ...now, epochs, missingCatalogs };
  }

  /** Lets the next other device of this name in, once. False where no agent of that name ever said hello. */
  replaceDevice(agent: string): boolean {
    const holder = this.#state.holders.get(agent);
    if (holder === undefined) return false;
    const replaceable = { ...holder, isReplaceable: true };
    this.#options.journal.holders.set(agent, replaceable);
    this.#state.holders.set(agent, replaceable);
    return true;
  }

  #tell(agent: string, standing: Standing, isTakenOver: boolean): void {
    const { log } = this.#options;
    if (standing === "denied") {
      const hint = `is it a copy? Give it another name. Does it take the place of the other? tributary-collector replace ${agent}`;
      log.error({ agent, code: "denied", hint }, "another device says that it is this agent: it is refused, and keeps its readings");
    }
    if (isTakenOver) log.warn({ agent }, "another device has this name from now on: its card was moved, or it was replaced");
    if (standing === "rolled_back") log.warn({ agent }, "its spool is an earlier state of itself: it begins a new epoch");
  }
}
