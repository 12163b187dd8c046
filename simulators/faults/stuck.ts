/**
 * stuck: a channel says for a while what it said when that began.
 */
import { MICROS_PER_MINUTE, micros } from "../../protocol/index.ts";
import type { FaultKind } from "./fault.ts";

export const stuck: FaultKind = {
  name: "stuck",
  about: "a channel repeats one value",
  lasts: micros(10 * MICROS_PER_MINUTE),
  of: "asked",
  isOfChannels: true,
  own: {},
  create(_own, { channels, occasions, truthAt }) {
    const each = channels.map(({ name }) => ({ name, happens: occasions(name) }));
    return (telling) => {
      for (const { name, happens } of each) {
        const occasion = happens.at(telling.trueAt);
        const held = occasion === undefined ? undefined : truthAt(occasion.from)[name];
        if (held === undefined) continue;
        telling.values[name] = held;
        telling.faults.push(`stuck:${name}`);
      }
    };
  },
};
