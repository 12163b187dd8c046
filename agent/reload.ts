/**
 * reload: another config for the running agent: checked, then put in force; the spool is not touched.
 *
 * A config that is wrong, or that changes what only a start can change, changes nothing. One reload runs at a time.
 */
import { Fault, type Log } from "../protocol/index.ts";
import type { AgentConfig } from "./config/config.ts";
import type { CrewChange } from "./sampling/crew.ts";
import { planSampling } from "./sampling/plan.ts";
import type { Sampler } from "./sampling/sampler.ts";
import type { Sealer } from "./spool/sealer.ts";
import type { SendGate } from "./uplink/gate.ts";
import type { Uplink } from "./uplink/uplink.ts";

export interface ReloadReport extends CrewChange {
  readonly labels: boolean;
  readonly send: boolean;
}

export interface ReloadParts {
  /** The config as it is written now. @throws Fault where it is wrong. */
  readonly load: () => Promise<AgentConfig>;
  readonly sampler: Sampler;
  readonly sealer: Sealer;
  readonly gate: SendGate;
  readonly uplink: Uplink;
  readonly log: Log;
}

/** All else of a config stays as it is until the next start. */
const RELOADABLE = ["file", "dropIns", "sensors", "labels", "send"];

export class Reloader {
  readonly #parts: ReloadParts;
  #config: AgentConfig;
  #running: Promise<ReloadReport> | undefined;

  constructor(config: AgentConfig, parts: ReloadParts) {
    this.#config = config;
    this.#parts = parts;
  }

  /** @throws Fault of the config, `restart_needed`, `reload_under_way`, `disk_full`. */
  async reload(): Promise<ReloadReport> {
    if (this.#running !== undefined) throw new Fault("reload_under_way", "expected no other reload, one is under way", { retry: true });
    this.#running = this.#reload().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #reload(): Promise<ReloadReport> {
    const { load, sampler, sealer, gate, uplink, log } = this.#parts;
    const [before, next] = [this.#config, await load()];
    refuseRestart(before, next);
    const change = await sampler.replan(planSampling(next));
    this.#config = next;
    const isOther = (key: "labels" | "send") => JSON.stringify(before[key]) !== JSON.stringify(next[key]);
    const report = { ...change, labels: isOther("labels"), send: isOther("send") };
    if (report.send) {
      sealer.setPace(next.send);
      gate.setWindow(next.send.between);
      uplink.gateChanged();
    }
    if (report.labels) uplink.setLabels(next.labels);
    const { added, removed, changed } = change;
    log.info({ added, removed, changed, labels: report.labels, send: report.send }, "config reloaded");
    return report;
  }
}

function refuseRestart(before: AgentConfig, next: AgentConfig): void {
  const keys = new Set([...Object.keys(before), ...Object.keys(next)]) as Set<keyof AgentConfig>;
  const changed = [...keys].filter((key) => !RELOADABLE.includes(key) && JSON.stringify(before[key]) !== JSON.stringify(next[key]));
  if (changed.length === 0) return;
  throw new Fault("restart_needed", `${next.file}: expected ${changed.join(", ")} as at the start, got other values; nothing was changed`, {
    hint: "these count from the next start: systemctl restart tributary-agent (the spool keeps all readings)",
  });
}
