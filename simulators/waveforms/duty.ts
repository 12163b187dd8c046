/**
 * duty: a two-point controller: in each `cycle` on first, for a share of 20 to 80 %, then off.
 *
 * `duty` is the switch (0 or 1); `heat` is what it warms: rises from 0 to 1 while on, falls back while off.
 * The two agree for one seed.
 */
import { uniform } from "./hashed.ts";
import type { Waveform } from "./waveform.ts";

export interface DutyOptions {
  readonly seed: number;
  readonly cycle: number;
}

export function duty(options: DutyOptions): Waveform {
  return (at) => {
    const { part, share } = phase(options, at);
    return part < share ? 1 : 0;
  };
}

export function heat(options: DutyOptions): Waveform {
  return (at) => {
    const { part, share } = phase(options, at);
    return part < share ? part / share : (1 - part) / (1 - share);
  };
}

function phase({ seed, cycle }: DutyOptions, at: number): { part: number; share: number } {
  const index = Math.floor(at / cycle);
  return { part: at / cycle - index, share: 0.2 + 0.6 * uniform(seed, index) };
}
