/**
 * ask-agent: the status of the running agent, within a limit, and of this version.
 */
import { askControl, type Clock, Fault, micros } from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";

const ANSWER_WITHIN = micros(4_000_000);

/** @throws Fault `not_running`, `not_allowed`, `no_answer`, `other_version`. */
export async function askAgent(control: string, clock: Clock): Promise<AgentStatus> {
  const giveUp = new AbortController();
  const timer = clock.after("ask the running agent", ANSWER_WITHIN, () => giveUp.abort());
  try {
    const status = await askControl(control, "/api/v1/status", { signal: giveUp.signal });
    if (isStatus(status)) return status;
    throw new Fault("other_version", `${control}: expected an agent of this version, got the status of another`, {
      hint: "sudo systemctl restart tributary-agent",
    });
  } finally {
    timer.cancel();
  }
}

/** An agent that was updated and not started again answers as the old one. */
function isStatus(status: unknown): status is AgentStatus {
  return typeof status === "object" && status !== null && ["pace", "recentFaults", "spool", "sensors"].every((key) => key in status);
}
