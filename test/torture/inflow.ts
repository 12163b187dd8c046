/**
 * inflow: how many readings are in, as the collector counts them, and whether more of them come.
 */
import { setTimeout as pass } from "node:timers/promises";
import { askControl, isFault } from "../../protocol/index.ts";

const LOOK_MS = 1_000;

export class Inflow {
  readonly #socket: string;
  #byAgent: ReadonlyMap<string, number> = new Map();
  #more = Promise.withResolvers<void>();

  /** @param socket the control socket of the collector. */
  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Agents the collector has heard of. */
  get agents(): number {
    return this.#byAgent.size;
  }

  get readings(): number {
    return [...this.#byAgent.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Asks once a second until the signal; while the collector is killed, the figure before stands. */
  async watch(over: AbortSignal, told: () => void): Promise<void> {
    while (!over.aborted) {
      await this.#look();
      told();
      await pass(LOOK_MS, undefined, { signal: over }).catch(() => undefined); // over: that is how it ends
    }
  }

  /** Resolves when more have come in since it was asked, or at the latest after `limitMs`. */
  async grows(limitMs: number): Promise<void> {
    const over = new AbortController();
    await Promise.race([this.#more.promise, pass(limitMs, undefined, { signal: over.signal })]).finally(() => over.abort());
  }

  async #look(): Promise<void> {
    const before = this.readings;
    try {
      const accounts = await askControl(this.#socket, "/api/v1/accounting", { signal: AbortSignal.timeout(5 * LOOK_MS) });
      this.#byAgent = new Map((accounts as { agent: string; stored: number }[]).map(({ agent, stored }) => [agent, stored]));
    } catch (error) {
      if (!isFault(error)) throw error;
    }
    if (this.readings <= before) return;
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }
}
