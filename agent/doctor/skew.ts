/**
 * skew: how far this machine's clock is from the collector's. Only a running agent hears it: in the answer to its hello.
 */
import { type Check, green, isFault, MICROS_PER_SECOND, red, yellow } from "../../protocol/index.ts";
import { type Patient, remedyOf } from "./patient.ts";

const ODD_SECONDS = 2;
/** The collector refuses readings of the future beyond this (`future`). */
const WORST_SECONDS = 300;
const COMPARE = "compare both machines: timedatectl; date -u";

export const skew: Check<Patient> = {
  name: "skew",
  async examine({ running, start }) {
    const status = await running;
    if (isFault(status)) return [yellow("not known: only a running agent hears the collector's clock", remedyOf(status, start))];
    const { collectorAhead, source } = status.clock;
    if (collectorAhead === undefined)
      return [yellow("not known yet: the collector was not heard since the agent started", "tributary-agent status")];
    const seconds = collectorAhead / MICROS_PER_SECOND;
    const found = `this clock is ${Math.abs(seconds).toFixed(3)} s ${seconds < 0 ? "ahead of" : "behind"} the collector's`;
    if (Math.abs(seconds) <= ODD_SECONDS) return [green(found)];
    const isStamped = source === "ntp" || source === "system"; // by a clock that the collector contradicts
    if (isStamped && -seconds > WORST_SECONDS) return [red(`${found}, which refuses readings of the future`, COMPARE)];
    return [yellow(found, COMPARE)];
  },
};
