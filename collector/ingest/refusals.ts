/**
 * refusals: what is not taken in: counted by its reason since the start, and told to the operator sparingly.
 */
import type { SparingLog } from "./sparing-log.ts";

export class Refusals {
  /** By reason. */
  readonly counts = new Map<string, number>();
  readonly #sparing: SparingLog;

  constructor(sparing: SparingLog) {
    this.#sparing = sparing;
  }

  count(reason: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  /** The broker refused something. @param from an agent, or an address: a scanner has another port for each connection. */
  atBroker({ code, message }: { readonly code: string; readonly message: string }, from: string): void {
    this.count(code);
    this.#sparing.say({ level: "warn", code, about: from.replace(/:\d+$/, ""), fields: { code, from }, message });
  }

  warn(agent: string, code: string, message: string, more: object = {}): void {
    this.#sparing.say({ level: "warn", code, about: agent, fields: { agent, code, ...more }, message });
  }

  quarantineFull(agent: string): void {
    this.count("quarantine_full");
    this.warn(agent, "quarantine_full", "no room in quarantine: what cannot be read is not kept");
  }

  diskTrouble(code: string, message: string): void {
    this.#sparing.say({ level: "error", code, fields: { code }, message });
  }
}
