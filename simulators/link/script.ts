/**
 * script: faults at their times, from a YAML file: `faults: [ { at: 10s, for: 5s, fault: black_hole } ]`.
 *
 * - Times count from the start of the script. Without `at` a fault is there from the start, without `for` to the end;
 *   a `cut` or `reset` without `for` strikes once.
 * - `repeat: 60s` lets it happen again every 60 s; `chance: 0.3` lets it happen in 30 of 100 times.
 */
import { z } from "zod";
import { type Clock, duration, loadConfig, type Micros, micros, showDuration } from "../../protocol/index.ts";
import { faultSchema, type LinkFault } from "./faults.ts";
import type { OpenLink } from "./link.ts";

const MOST_ENTRIES = 1_000;
const EXPECTED = 'expected a list of faults like "- { at: 10s, for: 5s, fault: black_hole }"';

const TIMES = {
  at: z.union([z.literal("0s").transform(() => micros(0)), duration()], "expected a duration like 10s").optional(),
  for: duration().optional(),
  repeat: duration().optional(),
  chance: z.number().gt(0).max(1).optional(),
};

export type ScriptEntry = LinkFault & {
  readonly at?: Micros | undefined;
  readonly for?: Micros | undefined;
  readonly repeat?: Micros | undefined;
  readonly chance?: number | undefined;
};
export type Script = readonly ScriptEntry[];

const entry = faultSchema(TIMES).superRefine((written, context) => {
  const { repeat, for: span } = written;
  if (repeat === undefined) return;
  const isMoment = written.fault === "cut" || written.fault === "reset";
  if (span === undefined && !isMoment) {
    context.addIssue({ code: "custom", path: ["repeat"], message: "repeat needs a for: without one the fault never ends" });
  } else if (span !== undefined && span >= repeat) {
    context.addIssue({ code: "custom", path: ["repeat"], message: `expected more than the ${showDuration(span)} that it lasts` });
  }
});

const file = z.strictObject({ faults: z.array(entry, EXPECTED).min(1, EXPECTED).max(MOST_ENTRIES) });

/** @throws Fault `config_missing`, `bad_yaml`, `bad_config` ... with line and remedy. */
export async function loadScript(path: string): Promise<Script> {
  return (await loadConfig(path, file, {})).faults;
}

export interface ScriptEvent {
  readonly event: "begin" | "end" | "strike";
  readonly fault: LinkFault;
  /** How long it will last; undefined = to the end, or a moment. */
  readonly lasts?: Micros | undefined;
}

export interface ScriptPlace {
  readonly clock: Clock;
  fraction(): number;
  readonly signal: AbortSignal;
  onEvent(event: ScriptEvent): void;
}

/** Plays it on the link until the signal; resolves earlier where nothing is left to happen. */
export async function playScript(script: Script, link: Pick<OpenLink, "begin">, place: ScriptPlace): Promise<void> {
  const { signal } = place;
  const started = place.clock.monotonic();
  const plays = script.map((one) => play(one, link, place, started));
  await Promise.all(plays).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

async function play(one: ScriptEntry, link: Pick<OpenLink, "begin">, place: ScriptPlace, started: Micros): Promise<void> {
  const { clock, signal, fraction } = place;
  const { at = 0, for: span, repeat, chance = 1, ...fault } = one;
  for (let due = started + at; ; due += repeat ?? 0) {
    const wait = due - clock.monotonic();
    if (wait > 0) await clock.sleep(`fault ${fault.fault}`, micros(wait), signal);
    if (fraction() < chance) await happen(fault, span, link, place);
    if (repeat === undefined) return;
  }
}

async function happen(fault: LinkFault, span: Micros | undefined, link: Pick<OpenLink, "begin">, place: ScriptPlace): Promise<void> {
  const { clock, signal, onEvent } = place;
  const isMoment = span === undefined && (fault.fault === "cut" || fault.fault === "reset");
  const active = link.begin(fault);
  onEvent({ event: isMoment ? "strike" : "begin", fault, lasts: span });
  if (isMoment) active.end();
  if (span === undefined) return;
  await clock.sleep(`end of ${fault.fault}`, span, signal);
  active.end();
  onEvent({ event: "end", fault });
}
