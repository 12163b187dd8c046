/**
 * agents: does the account of each balance, and are they heard? Only the running collector knows.
 */
import { Temporal } from "temporal-polyfill";
import {
  type Check,
  green,
  isFault,
  type Judgement,
  LIMITS,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  red,
  yellow,
} from "../../protocol/index.ts";
import type { AgentAccount } from "../ingest/account.ts";
import type { AgentInfo } from "../ingest/agents.ts";
import type { Patient } from "./patient.ts";

/** Longer than most agents wait between two batches. */
const SILENT = MICROS_PER_HOUR;
/** A spool begins anew when it is lost, rolled back or moved: a few times in its life. */
const MANY_EPOCHS = 64;
const ASK_IT = "on that device: tributary-agent doctor";

export const agents: Check<Patient> = {
  name: "agents",
  async examine({ running, environment }) {
    const answers = await running;
    if (isFault(answers)) return [];
    if (answers.agents.length === 0) return [yellow("none has been heard yet", `in its config: collector: ${answers.about.mqtt}`)];
    const accounts = new Map(answers.accounts.map((account) => [account.agent, account]));
    const now = environment.clock.wall();
    return answers.agents.map((info) => judge(info, accounts.get(info.agent), now));
  },
};

function judge(
  { agent, online, last_batch, pending, refused_device, epochs }: AgentInfo,
  account: AgentAccount | undefined,
  now: number,
): Judgement {
  const since = last_batch === null ? undefined : now - instantOf(last_batch);
  const heard = since === undefined ? "no batch yet" : `last batch ${Math.floor(since / MICROS_PER_MINUTE)} min ago`;
  const found = `${agent}: ${online ? "connected" : "not connected"}, ${heard}${pending ? `, batches waiting in its spool at its last hello: ${pending}` : ""}`;
  if (account !== undefined && !account.balanced)
    return red(
      `${found}; its account does not balance: ${imbalanceOf(account)}`,
      "tributary-collector status; and on that device: tributary-agent status",
    );
  if (refused_device !== null)
    return yellow(
      `${found}; another device of this name was refused at ${refused_device}`,
      `is it a copy? Give it another name in its config. Does it take the place of this one? tributary-collector replace ${agent}`,
    );
  if (epochs > MANY_EPOCHS)
    return yellow(
      `${found}; its spool began anew ${epochs} times, and after ${LIMITS.epochsPerAgent} its batches are refused`,
      "do two agents there have this name? On that device: tributary-agent doctor; else its disk loses what it was told to keep",
    );
  if (since !== undefined && since > SILENT) return yellow(`${found}: silent`, ASK_IT);
  return online || since !== undefined ? green(found) : yellow(found, ASK_IT);
}

function imbalanceOf({
  missingBatches,
  missing,
  unaccounted,
  received,
  resent,
  stored,
  duplicate,
  conflict,
  quarantined,
  waiting,
}: AgentAccount): string {
  if (missingBatches > 0)
    return `${missingBatches} batches never arrived (${missing.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(", ")})`;
  if (unaccounted !== null && unaccounted !== 0) return `${unaccounted} readings are unaccounted for`;
  return `${received} received and ${resent} resent, but ${stored} stored, ${duplicate} duplicate, ${conflict} conflict, ${quarantined} quarantined, ${waiting} waiting`;
}

function instantOf(iso: string): number {
  return Temporal.Instant.from(iso).epochMilliseconds * 1_000;
}
