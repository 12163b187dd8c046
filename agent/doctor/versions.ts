/**
 * versions: what runs here. The first thing anybody asks who is to help.
 */
import { type Check, green, type Machine, showSoftware, softwareOf } from "../../protocol/index.ts";

export const versions: Check<Machine> = {
  name: "versions",
  examine: async ({ version }) => [green(showSoftware(softwareOf("tributary-agent", version)))],
};
