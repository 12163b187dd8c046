/**
 * clock: may the time be believed? Where not, nothing is judged by it and nothing is deleted; agents are not told it.
 */
import { BUILD_DATE, type Check, clockEvidence, green, isFault, isoInstant, ntpMark, red, yellow } from "../../protocol/index.ts";
import type { Patient } from "./patient.ts";

const SET_TIME = "sudo timedatectl set-ntp true; then look: timedatectl timesync-status";

export const clock: Check<Patient> = {
  name: "clock",
  async examine({ root, environment, running }) {
    const wall = environment.clock.wall();
    const answers = await running;
    const ntp = ntpMark(root) === undefined ? "NTP has not synchronised it" : "NTP has synchronised it";
    if (wall < BUILD_DATE) return [red(`it shows ${isoInstant(wall)}, before this program was made`, SET_TIME)];
    const evidence = clockEvidence(root);
    if (isFault(answers) ? evidence !== undefined : answers.about.clock_trusted) return [green(`trusted; ${ntp}`)];
    const why = evidence === undefined ? `nothing here vouches for it: ${ntp}` : "it is behind the newest data that is stored";
    return [yellow(`not trusted: ${why}; readings are stored, and none is judged too old or of the future`, SET_TIME)];
  },
};
