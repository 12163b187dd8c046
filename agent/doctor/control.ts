/**
 * control: does the agent run, and how is it? Asked at its control socket.
 */
import { type Check, green, isFault, type Judgement, red, yellow } from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";
import type { Patient } from "./patient.ts";

export const control: Check<Patient> = {
  name: "agent",
  async examine({ running, start, config, version }) {
    const status = await running;
    if (!isFault(status)) return judgeStatus(status, version);
    const { code, message, hint } = status;
    if (code === "not_running") {
      return [yellow(`does not run (nobody answers at ${config.control}): its files are looked at instead`, start)];
    }
    if (code === "not_allowed") return [yellow(`${message}; what only it knows is left out`, hint)];
    return [red(message, hint ?? "sudo systemctl restart tributary-agent; its log: journalctl -u tributary-agent -n 50")];
  },
};

function judgeStatus({ agent, version, account, spool, pace, recentFaults }: AgentStatus, own: string): readonly Judgement[] {
  const judgements: Judgement[] = [green(`${agent} runs, version ${version}; ${account.read} readings since its spool was made`)];
  if (version !== own) judgements.push(yellow(`it runs version ${version}, installed is ${own}`, "sudo systemctl restart tributary-agent"));
  if (!account.balanced)
    judgements.push(
      red("its account does not balance: readings ended uncounted", "send a bundle: tributary-agent doctor --bundle doctor.json.gz"),
    );
  if (spool.damagedBatches > 0) {
    judgements.push(
      yellow(
        `damaged batches in the spool: ${spool.damagedBatches}; they are declared lost`,
        "is the card failing? dmesg | grep -i -E 'mmc|i/o error'",
      ),
    );
  }
  const errors = recentFaults.filter(({ level }) => level === "error");
  const last = errors.at(-1);
  if (last !== undefined) {
    const { at, message } = last;
    judgements.push(
      yellow(
        `different errors in this run: ${errors.length}; the last, at ${at}: ${message}`,
        "journalctl -u tributary-agent -p err -n 50",
      ),
    );
  }
  const { hoursLeft } = pace;
  if (hoursLeft !== undefined && hoursLeft < 24) {
    judgements.push(
      yellow(
        `without the collector the spool is full in ${hoursLeft.toFixed(1)} hours`,
        "raise `spool: { max_size: ... }`, or filter more",
      ),
    );
  }
  return judgements;
}
