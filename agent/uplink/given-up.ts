/**
 * given-up: why a connection is given up, and what a person can do about it.
 */
import { Fault } from "../../protocol/index.ts";

const WHY = {
  stalled: ["batches are not answered any more", "is the collector overloaded, or the network?"],
  hello_unanswered: ["a broker answers, but no collector", "is the collector running behind this broker, with the same `prefix:`?"],
  version: ["the collector does not know this version of the protocol", "upgrade the collector: it has to be as new as its agents"],
  another_device: [
    "the collector knows another device as AGENT; readings stay in the spool",
    "is this a copy of that device? Name it anew in `agent: ...`, its readings then go under the new name. Does it take that " +
      "device's place? On the collector: tributary-collector replace AGENT",
  ],
} as const;

export function givenUp({ url, agent }: { readonly url: string; readonly agent: string }, reason: keyof typeof WHY): Fault {
  const [what, hint] = WHY[reason].map((text) => text.replaceAll("AGENT", agent)) as [string, string];
  return new Fault(reason, `${url}: connection given up: ${what}`, { retry: true, hint });
}
