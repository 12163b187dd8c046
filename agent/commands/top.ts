/**
 * top: the running agent, live: redrawn every second on a terminal, once where nobody looks; with `--json` an object a
 * line.
 *
 * An agent that stops while somebody looks is waited for. The terminal is given back however it ends.
 */
import { type Clock, explain, Fault, isFault, MICROS_PER_SECOND, micros } from "../../protocol/index.ts";
import type { AgentStatus } from "../agent.ts";
import { openScreen, type ScreenInput, type ScreenOutput } from "./screen.ts";
import { type TopLine, topLines } from "./top-view.ts";

export interface TopOptions {
  readonly json: boolean;
  /** One snapshot. */
  readonly once: boolean;
}

export interface TopPlace {
  /** @throws Fault `not_running`, `not_allowed` ... */
  ask(): Promise<AgentStatus>;
  readonly clock: Clock;
  /** Undefined where there is no terminal. */
  readonly terminal: { readonly input: ScreenInput; readonly output: ScreenOutput } | undefined;
  /** Aborts when the program is to end. */
  readonly signal: AbortSignal;
  print(text: string): void;
}

const EVERY = micros(MICROS_PER_SECOND);
const COST_SHARE = 10;
/** Where nobody looks there is no edge to cut at. */
const ENDLESS = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };

/** @returns 0. @throws Fault of the first question. */
export async function topCommand({ json, once }: TopOptions, place: TopPlace): Promise<number> {
  const first = await place.ask();
  if (json) await stream(first, once, place);
  else if (once || place.terminal === undefined) place.print(asText(topLines(first, timesOf(place), ENDLESS)));
  else await live(first, place.terminal, place);
  return 0;
}

async function stream(first: AgentStatus, once: boolean, place: TopPlace): Promise<void> {
  const tell = (status: AgentStatus) => place.print(`${JSON.stringify({ at: place.clock.wall(), ...status })}\n`);
  tell(first);
  let cost = 0;
  while (!once && (await pause(place.clock, cost, place.signal))) {
    const next = await answer(place);
    cost = next.cost;
    if (!(next.status instanceof Fault)) tell(next.status);
  }
}

async function live(first: AgentStatus, { input, output }: NonNullable<TopPlace["terminal"]>, place: TopPlace): Promise<void> {
  let shown: Answer = { status: first, cost: 0 };
  const leaving = new AbortController();
  const draw = () => screen.draw(linesOf(shown.status, place, screen.size()));
  const screen = openScreen(input, output, () => draw());
  void screen.left.then(() => leaving.abort());
  const signal = AbortSignal.any([place.signal, leaving.signal]);
  try {
    do {
      draw();
      if (!(await pause(place.clock, shown.cost, signal))) return;
      shown = await answer(place);
    } while (!signal.aborted);
  } finally {
    screen.close();
  }
}

function linesOf(shown: AgentStatus | Fault, place: TopPlace, size: Parameters<typeof topLines>[2]): readonly TopLine[] {
  if (!(shown instanceof Fault)) return topLines(shown, timesOf(place), size);
  const lines = [...explain(shown).split("\n"), "", "waiting for it; q leaves"];
  return lines.slice(0, size.rows).map((text) => ({ text: text.slice(0, size.columns), tone: "bad" }));
}

interface Answer {
  readonly status: AgentStatus | Fault;
  /** How long it took. */
  readonly cost: number;
}

async function answer({ ask, clock }: TopPlace): Promise<Answer> {
  const began = clock.monotonic();
  const status = await ask().catch((error: unknown) => {
    if (!isFault(error)) throw error;
    return error;
  });
  return { status, cost: clock.monotonic() - began };
}

/**
 * True after a second, false where the program is to end. Longer where the answer took long: to watch an agent with a
 * big backlog must not take a tenth of its time.
 */
function pause(clock: Clock, cost: number, signal: AbortSignal): Promise<boolean> {
  return clock.sleep("top", micros(Math.max(EVERY, COST_SHARE * cost)), signal).then(
    () => true,
    () => false,
  );
}

function timesOf({ clock }: TopPlace): Parameters<typeof topLines>[1] {
  return { wall: clock.wall(), monotonic: clock.monotonic() };
}

function asText(lines: readonly TopLine[]): string {
  return `${lines.map(({ text }) => text).join("\n")}\n`;
}
