/**
 * greeter: answers a hello: keeps on disk which device has the name, and tells the operator where that is not clear.
 */
import { bug, type Clock, type Hello, type HelloAck, LIMITS, type Random, toHex } from "../../protocol/index.ts";
import { hasPlaceForEpoch, type IngestEffect, type IngestState, step } from "./delivery.ts";
import type { Journal } from "./journal.ts";
import type { SparingLog } from "./sparing-log.ts";

/** What an agent said of itself. */
export interface Heard {
  readonly agent: string;
  readonly hello: Hello;
}

/** What it is told. */
export interface Greeted {
  readonly agent: string;
  readonly answer: Omit<HelloAck, "credit">;
}

type Greeting = Extract<IngestEffect, { kind: "greet" }>;

export interface GreeterOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  readonly sparing: SparingLog;
  readonly isClockTrusted: () => boolean;
}

export class Greeter {
  readonly #options: GreeterOptions;
  readonly #state: IngestState;
  /** Answered, and not on disk. */
  readonly #unkept = new Map<string, () => void>();

  constructor(options: GreeterOptions, state: IngestState) {
    this.#options = options;
    this.#state = state;
  }

  /** Who holds which name, as it was kept. */
  recall(): void {
    for (const { agent, holder } of this.#options.journal.holders.list()) this.#state.holders.set(agent, holder);
  }

  /**
   * Answers the hellos that came together, with one write for all of them. There is none where it may not go out: that
   * agent asks again.
   * @param write carries out a write that the disk may refuse, and says whether it is done.
   */
  greet(hellos: readonly Heard[], write: (run: () => void) => boolean): Greeted[] {
    const { journal, clock } = this.#options;
    const now = clock.wall();
    const judged = hellos.map((heard) => ({ ...heard, greeting: this.#judge(heard) }));
    for (const { agent, hello, greeting } of judged) {
      const { standing, holder } = greeting;
      if (standing !== "denied") this.#unkept.set(agent, () => journal.holders.hear(agent, hello, holder, now));
    }
    const refused = judged.filter(({ greeting }) => greeting.standing === "denied").map(({ agent }) => agent);
    const isKept = write(() => this.#keep(refused));
    // Without a trace of a device that took over, the one before would be let in as well after a restart.
    const answered = judged.filter(({ greeting }) => isKept || !greeting.isTakenOver);
    return answered.map(({ agent, greeting }) => ({ agent, answer: this.#answer(agent, greeting, isKept) }));
  }

  /**
   * Puts on disk what could not be put there when it was answered: to be called before anything is committed. Without the
   * hello of what is here, a copy of the device could not be told apart after a restart. @throws what the disk says.
   */
  catchUp(): void {
    if (this.#unkept.size > 0) this.#keep();
  }

  #keep(refused: readonly string[] = []): void {
    const { journal, clock } = this.#options;
    journal.holders.together(() => {
      for (const hear of this.#unkept.values()) hear();
      for (const agent of refused) journal.holders.noteRefused(agent, clock.wall());
    });
    this.#unkept.clear();
  }

  #judge({ agent, hello }: Heard): Greeting {
    const random = toHex(this.#options.random.bytes(8));
    const [greeting] = step(this.#state, { kind: "hello", agent, hello, random });
    return greeting?.kind === "greet" ? greeting : bug("a hello is answered with a greeting");
  }

  #answer(agent: string, greeting: Greeting, isKept: boolean): Greeted["answer"] {
    const { journal, clock, isClockTrusted } = this.#options;
    const { session, standing, holder, epochs, missingCatalogs } = greeting;
    this.#tell(agent, greeting);
    const token = isKept && standing !== "denied" ? holder.token : "";
    const { collector, generation } = journal;
    const now = { time: clock.wall(), timeTrusted: isClockTrusted() };
    return { session, collector, generation, token, standing, ...now, epochs, missingCatalogs };
  }

  /** Lets the next other device of this name in, once. False where no agent of that name ever said hello. */
  replaceDevice(agent: string): boolean {
    const holder = this.#state.holders.get(agent);
    if (holder === undefined) return false;
    this.catchUp();
    const replaceable = { ...holder, isReplaceable: true };
    this.#options.journal.holders.set(agent, replaceable);
    this.#state.holders.set(agent, replaceable);
    return true;
  }

  #tell(agent: string, { standing, isTakenOver, holder }: Greeting): void {
    if (standing === "denied") {
      const hint = `is it a copy? Give it another name. Does it take the place of the other? tributary-collector replace ${agent}`;
      this.#say("error", agent, "denied", "another device says that it is this agent: it is refused, and keeps its readings", hint);
      return;
    }
    if (isTakenOver)
      this.#say("warn", agent, "taken_over", "another device has this name from now on: its card was moved, or it was replaced");
    if (standing === "rolled_back") this.#say("warn", agent, standing, "its spool is an earlier state of itself: it begins a new epoch");
    const current = holder.epochs.at(-1);
    if (current === undefined || hasPlaceForEpoch(this.#state, agent, current.epoch)) return;
    const hint = "its spool began anew that often: is its card sound? Under another name it begins afresh";
    const message = `more than ${LIMITS.epochsPerAgent} epochs: its batches are refused, and it keeps them`;
    this.#say("error", agent, "too_many_epochs", message, hint);
  }

  #say(level: "warn" | "error", agent: string, code: string, message: string, hint?: string): void {
    const fields = { agent, code, ...(hint !== undefined && { hint }) };
    this.#options.sparing.say({ level, code, about: agent, fields, message });
  }
}
