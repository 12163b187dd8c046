/**
 * questions: what the demo asks the running programs, at their control sockets, as anybody may.
 *
 * Answers are checked for what is used of them. A program that is not there yet, or is busy, is asked again;
 * one that died ends the asking, with its fault.
 */
import { z } from "zod";
import { askControl, type Clock, Fault, isFault, MICROS_PER_MS, MICROS_PER_SECOND, micros, type Totals } from "../../protocol/index.ts";
import { WEEK } from "./configs.ts";
import type { Folder, ProgramName } from "./folder.ts";

const ASK_AGAIN = micros(50 * MICROS_PER_MS);
const PATIENCE = micros(30 * MICROS_PER_SECOND);

const COUNT = z.number().int();

const TOTALS = z.object({
  read: COUNT,
  derived: COUNT,
  filtered: COUNT,
  inWindow: COUNT,
  summarised: COUNT,
  open: COUNT,
  sealed: COUNT,
  dropped: COUNT,
}) satisfies z.ZodType<Totals>;

const AGENT = z.object({
  account: TOTALS,
  spool: z.object({ pendingReadings: COUNT }),
  uplink: z.object({ phase: z.string(), trouble: z.string().optional() }),
  sensors: z.array(z.object({ name: z.string(), fault: z.object({ message: z.string() }).optional() })),
  idle: z.boolean(),
});
export type AgentAnswer = z.infer<typeof AGENT>;

const ARRIVED = z.object({
  agent: z.string(),
  received: COUNT,
  stored: COUNT,
  duplicate: COUNT,
  conflict: COUNT,
  quarantined: COUNT,
  waiting: COUNT,
  lost: z.record(z.string(), COUNT),
  missingBatches: COUNT,
  balanced: z.boolean(),
});
/** What became of one agent's readings at the collector. */
export type Arrived = z.infer<typeof ARRIVED>;

const COLLECTOR = z.object({
  mqtt: z.string(),
  quarantine: z.array(z.object({ agent: z.string(), reason: z.string(), count: COUNT })),
});
const SERIES = z.object({ series: z.array(z.object({ id: z.string(), from: z.string().nullable() })) });
const REPORT = z.object({ rows: z.array(z.object({ series: z.string(), count: COUNT, bad: COUNT })) });

export class Questions {
  readonly #folder: Folder;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;

  /** @param signal ends the asking; its reason is thrown. */
  constructor(folder: Folder, clock: Clock, signal: AbortSignal) {
    this.#folder = folder;
    this.#clock = clock;
    this.#signal = signal;
  }

  agent(name: "machine" | "greenhouse"): Promise<AgentAnswer> {
    return this.#ask(name, "/api/v1/status", AGENT);
  }

  /** Where it takes readings: `mqtt://127.0.0.1:40123`. */
  async address(): Promise<string> {
    return (await this.#ask("collector", "/api/v1/status", COLLECTOR)).mqtt;
  }

  /** Why readings and payloads of an agent were refused, in words: `out_of_range 12`. */
  async refusals(agent: string): Promise<string[]> {
    const { quarantine } = await this.#ask("collector", "/api/v1/status", COLLECTOR);
    return quarantine.filter((one) => one.agent === agent).map(({ reason, count }) => `${reason} ${count}`);
  }

  /** Has the collector something of every series of this sensor? */
  async isComplete(sensor: string): Promise<boolean> {
    const { series } = await this.#ask("collector", "/api/v1/series", SERIES);
    const own = series.filter(({ id }) => id.startsWith(`${sensor}/`));
    return own.length > 0 && own.every(({ from }) => from !== null);
  }

  /** By agent; one that never sent anything is not in it. */
  async arrived(): Promise<ReadonlyMap<string, Arrived>> {
    const accounts = await this.#ask("collector", "/api/v1/accounting", z.array(ARRIVED));
    return new Map(accounts.map((account) => [account.agent, account]));
  }

  /** Readings of the week in the hourly report, by series that must be complete: counted from the rows, not from any account. */
  async reported(): Promise<ReadonlyMap<string, number>> {
    const query = new URLSearchParams({ series: WEEK.complete.join(","), last: "8d", format: "json" });
    const { rows } = await this.#ask("collector", `/api/v1/report/hourly?${query}`, REPORT);
    const counts = new Map<string, number>();
    for (const { series, count, bad } of rows) counts.set(series, (counts.get(series) ?? 0) + count + bad);
    return counts;
  }

  async #ask<T>(program: ProgramName, path: string, answer: z.ZodType<T>): Promise<T> {
    const control = this.#folder.control(program);
    const given = this.#clock.monotonic() + PATIENCE;
    for (;;) {
      try {
        return answer.parse(await askControl(control, path));
      } catch (error) {
        const mayPass = isFault(error, "not_running") || isFault(error, "no_answer");
        if (!mayPass) throw error;
        if (this.#clock.monotonic() > given) throw unanswered(program, this.#folder.log(program), error);
      }
      await this.#clock.sleep(`answer of ${program}`, ASK_AGAIN, this.#signal);
    }
  }
}

function unanswered(program: ProgramName, log: string, cause: Fault): Fault {
  return new Fault("no_answer", `${program}: expected an answer within 30 s, got none (${cause.message})`, { hint: `read ${log}`, cause });
}
