/**
 * clock: may the time be believed, and who vouches for it?
 */
import {
  BUILD_DATE,
  type Check,
  clockEvidence,
  green,
  isFault,
  isoInstant,
  type Judgement,
  ntpMark,
  red,
  yellow,
} from "../../protocol/index.ts";
import type { Patient } from "./patient.ts";

const SET_TIME = "sudo timedatectl set-ntp true; then look: timedatectl timesync-status";
const WAITS = "readings are kept, and sealed once NTP or the collector tells the time";

export const clock: Check<Patient> = {
  name: "clock",
  async examine({ root, config, environment, running }) {
    const wall = environment.clock.wall();
    const ntp = ntpMark(root) === undefined ? "NTP has not synchronised it" : "NTP has synchronised it";
    const isPast = wall < BUILD_DATE;
    const shows = `it shows ${isoInstant(wall)}`;
    const status = await running;
    if (!isFault(status)) {
      const { source } = status.clock;
      if (source === "none")
        return [
          isPast
            ? red(`not trusted: ${shows}, before this program was made; ${WAITS}`, SET_TIME)
            : yellow(`not trusted: ${ntp}; ${WAITS}`, SET_TIME),
        ];
      return [isPast ? yellow(`trusted by ${source}, yet ${shows}`, SET_TIME) : green(`trusted by ${source}; ${ntp}`)];
    }
    if (isPast) return [red(`${shows}, before this program was made`, SET_TIME)];
    return [withoutAgent(config.clock.trust, clockEvidence(root), ntp)];
  },
};

/** What an agent that starts now would make of it. */
function withoutAgent(trust: Patient["config"]["clock"]["trust"], evidence: "ntp" | "system" | undefined, ntp: string): Judgement {
  if (trust === "system") return green(`trusted, as \`clock: { trust: system }\` says; ${ntp}`);
  if (trust === "collector") return green("the collector tells the time when the agent runs, as `clock: { trust: collector }` says");
  if (evidence === "ntp") return green(`trusted by ntp; ${ntp}`);
  if (evidence === "system" && trust === "auto") return green(`trusted by system, a clock that goes on while the machine is off; ${ntp}`);
  return yellow(`nothing here vouches for it: ${ntp}; ${WAITS}`, SET_TIME);
}
