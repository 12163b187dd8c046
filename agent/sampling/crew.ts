/**
 * crew: the sensors of a plan, each with its runner, and how they are exchanged while the others go on.
 *
 * A sensor whose entry in the config stayed the same is left alone: it loses no reading, and only learns its new place
 * in the catalog. Any other is stopped, and one of its name begins with what it had: counters, filter states (where
 * their options are the same), cursor.
 */
import type { SamplerState } from "../spool/journal.ts";
import type { Plan, SensorPlan } from "./plan.ts";
import type { SensorRunner } from "./sensor-runner.ts";

/** A runner under a signal of its own. */
export interface Member {
  readonly runner: SensorRunner;
  readonly own: AbortController;
  running: Promise<void>;
}

/** Names of sensors, in the order of their configs. */
export interface CrewChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly kept: readonly string[];
}

export class Crew {
  readonly #open: (sensor: SensorPlan, plan: Plan, saved: SamplerState | undefined) => Member;
  #members: readonly Member[];

  constructor(
    plan: Plan,
    saved: SamplerState | undefined,
    open: (sensor: SensorPlan, plan: Plan, saved: SamplerState | undefined) => Member,
  ) {
    this.#open = open;
    this.#members = plan.sensors.map((sensor) => open(sensor, plan, saved));
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  get runners(): readonly SensorRunner[] {
    return this.#members.map(({ runner }) => runner);
  }

  compare(next: Plan): CrewChange {
    const now = new Map(this.runners.map(({ channels: { plan } }) => [plan.name, plan]));
    const names = next.sensors.map(({ name }) => name);
    const isSame = (sensor: SensorPlan) => now.get(sensor.name)?.fingerprint === sensor.fingerprint;
    return {
      added: names.filter((name) => !now.has(name)),
      removed: [...now.keys()].filter((name) => !names.includes(name)),
      changed: next.sensors.filter((sensor) => now.has(sensor.name) && !isSame(sensor)).map(({ name }) => name),
      kept: next.sensors.filter(isSame).map(({ name }) => name),
    };
  }

  /** Ends the sensors that are not kept. A call that hangs is not waited for. */
  async dismiss({ kept }: CrewChange): Promise<void> {
    const leaving = this.#members.filter(({ runner }) => !kept.includes(runner.channels.plan.name));
    for (const { own } of leaving) own.abort(new Error("the config of this sensor changed"));
    await Promise.all(leaving.map(({ running }) => running));
  }

  /** Puts the new plan in force, at once. @returns the members that are to be started. */
  exchange(next: Plan, { kept }: CrewChange, state: SamplerState): readonly Member[] {
    const before = new Map(this.#members.map((member) => [member.runner.channels.plan.name, member]));
    const started: Member[] = [];
    this.#members = next.sensors.map((sensor) => {
      const same = kept.includes(sensor.name) ? before.get(sensor.name) : undefined;
      if (same !== undefined) {
        same.runner.channels.moveTo(sensor);
        return same;
      }
      const member = this.#open(sensor, next, state);
      started.push(member);
      return member;
    });
    return started;
  }
}
