/**
 * dropout: a reading that never comes; with `for`, a silence; with `channels`, those alone are missing.
 */
import type { FaultKind } from "./fault.ts";

export const dropout: FaultKind<{ readonly channels?: readonly string[] }> = {
  name: "dropout",
  about: "a reading does not come",
  of: "asked",
  own: {},
  create({ channels }, { occasions, channels: concerned }) {
    const happens = occasions();
    return (telling) => {
      if (happens.at(telling.trueAt) === undefined) return;
      if (channels === undefined) {
        telling.isSilent = true;
        telling.faults.push("dropout");
        return;
      }
      for (const { name } of concerned) {
        delete telling.values[name];
        telling.faults.push(`dropout:${name}`);
      }
    };
  },
};
