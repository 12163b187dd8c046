/**
 * presence: which agents are at the broker, as far as their messages tell.
 *
 * - A status says it outright; the broker says `offline` for an agent that died (its will). The death of another
 *   session than the last one seen is ignored: the broker may tell of it after the agent is back.
 * - A hello, batch or reply is a sign of life, whatever was said before: a broker that lost its retained messages, or
 *   keeps none, hides nobody. One that the broker kept from before is no sign.
 */
import type { AgentStatus } from "../../../protocol/index.ts";

/** More names than any broker has clients: whoever sends under made-up names fills no memory here. */
const MOST_AGENTS = 100_000;

export class Presence {
  readonly agents = new Set<string>();
  readonly #sessions = new Map<string, string>();

  /** @returns whether the agent came with this. */
  seen(agent: string): boolean {
    if (this.agents.has(agent) || this.agents.size >= MOST_AGENTS) return false;
    this.agents.add(agent);
    return true;
  }

  /** @returns what changed with this. */
  told(agent: string, { online, session }: AgentStatus): "came" | "left" | undefined {
    if (online) {
      const came = this.seen(agent);
      if (this.agents.has(agent)) this.#sessions.set(agent, session);
      return came ? "came" : undefined;
    }
    if ((this.#sessions.get(agent) ?? session) !== session) return undefined;
    this.#sessions.delete(agent);
    return this.agents.delete(agent) ? "left" : undefined;
  }

  /** Nobody can be seen any more. @returns who was there. */
  clear(): readonly string[] {
    const all = [...this.agents];
    this.agents.clear();
    this.#sessions.clear();
    return all;
  }
}
