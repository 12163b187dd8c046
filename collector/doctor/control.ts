/**
 * control: does the collector run? Asked at its control socket.
 */
import { type Check, green, isFault, type Judgement, type RecentFault, red, yellow } from "../../protocol/index.ts";
import type { Patient } from "./patient.ts";

export const control: Check<Patient> = {
  name: "collector",
  async examine({ running, start, config }) {
    const answers = await running;
    if (!isFault(answers)) {
      const { about, agents } = answers;
      const runs = green(`runs, listens for agents at ${about.mqtt}; ${about.connected.length} of ${agents.length} agents are connected`);
      return [runs, ...judgeErrors(about.recent_faults)];
    }
    const { code, message, hint } = answers;
    if (code === "not_running") {
      return [yellow(`does not run (nobody answers at ${config.control}): its files are looked at instead`, start)];
    }
    if (code === "not_allowed") return [yellow(`${message}; what only it knows is left out`, hint)];
    return [red(message, hint ?? "sudo systemctl restart tributary-collector; its log: journalctl -u tributary-collector -n 50")];
  },
};

function judgeErrors(faults: readonly RecentFault[]): readonly Judgement[] {
  const errors = faults.filter(({ level }) => level === "error");
  const last = errors.at(-1);
  if (last === undefined) return [];
  const found = `different errors in this run: ${errors.length}; the last, at ${last.at}: ${last.message}`;
  return [yellow(found, "journalctl -u tributary-collector -p err -n 50")];
}
