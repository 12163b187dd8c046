/**
 * fleet-view: every agent, those that need a look first; asked again every five seconds.
 *
 * Readings per second are what came between two answers divided by the time between them.
 */
import { api } from "./api.ts";
import { el, tableFrame, td, th } from "./element.ts";
import { command, emptyState } from "./empty-state.ts";
import { type Arrivals, arrivalsOf, type FleetRow, fleetRows } from "./fleet-rows.ts";
import { msOf } from "./instant.ts";
import { hashOf } from "./route.ts";
import type { View, ViewContext } from "./view.ts";
import { ago, counted, shownCount } from "./words.ts";

const ASK_EVERY_MS = 5_000;
/** A rate is taken over at least this long, or a burst looks like a flood. */
const RATE_OVER_MS = 15_000;

export const fleetView: View = ({ machine, frame, signal }: ViewContext) => {
  const summary = el("p", { class: "summary", role: "status" });
  const body = el("div");
  frame.append(el("h1", {}, "Fleet"), summary, body);
  let arrivals: readonly Arrivals[] = [];
  let isRepeated = false;

  async function refresh(): Promise<void> {
    const [agents, accounts] = await Promise.all([api.agents(signal), api.accounts(signal)]);
    const now = arrivalsOf(machine.now(), accounts);
    const rows = fleetRows(agents, accounts, now, arrivals[0]);
    arrivals = [...arrivals.filter(({ at }) => at >= now.at - RATE_OVER_MS), now];
    const focused = document.activeElement?.id ?? "";
    summary.textContent = agents.length === 0 ? "" : summaryOf(rows);
    body.replaceChildren(agents.length === 0 ? await noAgents(signal) : fleetTable(rows, machine.now()));
    if (focused.startsWith("agent-")) document.getElementById(focused)?.focus();
  }

  return {
    async show() {
      await refresh();
      machine.mark("fleet-shown");
      if (!isRepeated) machine.every(ASK_EVERY_MS, signal, refresh);
      isRepeated = true;
    },
  };
};

function summaryOf(rows: readonly FleetRow[]): string {
  const online = rows.filter(({ state }) => state === "online").length;
  const odd = rows.filter(({ health }) => health === "bad" || health === "warn").length;
  const look = odd === 0 ? "every account balances" : `${odd} ${odd === 1 ? "needs" : "need"} a look`;
  return `${counted(rows.length, "agent")}, ${online} online, ${look}.`;
}

function fleetTable(rows: readonly FleetRow[], now: number): HTMLElement {
  const head = el(
    "tr",
    {},
    ...[
      th("Agent"),
      th("State"),
      th("Last ack", true),
      th("Readings/s", true),
      th("Waiting", true),
      th("Stored", true),
      th("Clock"),
      th("Account"),
    ],
  );
  const table = el(
    "table",
    { class: "cards" },
    el("caption", { class: "hidden" }, "Agents, those that need a look first"),
    el("thead", {}, head),
    el("tbody", {}, ...rows.map((row) => fleetLine(row, now))),
  );
  return tableFrame("Agents", table);
}

function fleetLine(row: FleetRow, now: number): HTMLElement {
  const series = hashOf({ view: "series", path: "", asked: { find: `${row.agent}/` } });
  const name = el("a", { href: series, id: `agent-${row.agent}`, title: row.software }, row.agent);
  const seen = row.lastAck === null ? "never" : el("time", { datetime: row.lastAck, title: row.lastAck }, ago(now - msOf(row.lastAck)));
  return el(
    "tr",
    { "data-health": row.health, "data-agent": row.agent },
    el("th", { scope: "row" }, name),
    td("State", el("span", { class: `badge ${row.health}` }, row.state)),
    td("Last ack", seen, true),
    td("Readings/s", row.readingsPerSecond === null ? "…" : row.readingsPerSecond.toFixed(1), true),
    td("Waiting", row.waitingBatches === 0 ? "nothing" : counted(row.waitingBatches, "batch", "batches"), true),
    td("Stored", shownCount(row.stored), true),
    td("Clock", row.clock),
    td("Account", el("span", { class: row.isBalanced ? "balanced" : "unbalanced" }, row.account)),
  );
}

async function noAgents(signal: AbortSignal): Promise<HTMLElement> {
  const { mqtt } = await api.status(signal);
  return emptyState(
    "No agent has called yet",
    el("p", {}, "Write this into an agent's ", el("code", {}, "agent.yaml"), ":"),
    command(`collector: ${mqtt}`),
    el("p", {}, "then start it, on any device that reaches this collector:"),
    command("npx tributary-agent run --config agent.yaml"),
    el("p", {}, "Without a device at hand, a made-up greenhouse shows how it looks: ", el("code", {}, "npm\u00a0run\u00a0demo"), "."),
  );
}
