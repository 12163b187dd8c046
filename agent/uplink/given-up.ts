/**
 * given-up: why a connection was given up by us, in words.
 */
import { Fault } from "../../protocol/index.ts";

const WHY = {
  stalled: ["batches are not answered any more", "is the collector overloaded, or the network?"],
  hello_unanswered: ["a broker answers, but no collector", "is the collector running behind this broker, with the same `prefix:`?"],
  denied: ["the collector refuses this agent or its version", "tributary-collector status and its log say why"],
} as const;

export function givenUp(url: string, reason: keyof typeof WHY): Fault {
  const [what, hint] = WHY[reason];
  return new Fault(reason, `${url}: connection given up: ${what}`, { retry: true, hint });
}
