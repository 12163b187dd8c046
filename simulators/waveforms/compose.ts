/**
 * compose: waveforms made of waveforms: added, multiplied, kept inside bounds, and rounded as a chip rounds.
 */
import type { Waveform } from "./waveform.ts";

export function constant(value: number): Waveform {
  return () => value;
}

export function sum(...parts: readonly Waveform[]): Waveform {
  return (at) => {
    let total = 0;
    for (const part of parts) total += part(at);
    return total;
  };
}

export function product(...parts: readonly Waveform[]): Waveform {
  return (at) => {
    let total = 1;
    for (const part of parts) total *= part(at);
    return total;
  };
}

export function clamp(part: Waveform, min: number, max: number): Waveform {
  return (at) => Math.min(max, Math.max(min, part(at)));
}

/** Rounded to `decimals`: the nearest double to a decimal number, as the same number parsed from text. */
export function quantise(part: Waveform, decimals: number): Waveform {
  const scale = 10 ** decimals;
  return (at) => Math.round(part(at) * scale) / scale + 0; // + 0: a chip has no -0
}
