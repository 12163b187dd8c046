/**
 * profile: a made-up sensor box: which channels it has, and the waveform of each for a seed.
 */
import { epochMicros, type SeriesKind } from "../../protocol/index.ts";
import type { Waveform } from "./waveform.ts";

export interface ProfileChannel {
  readonly name: string;
  /** UCUM code. */
  readonly unit: string;
  readonly kind: SeriesKind;
  /** All values lie inside. */
  readonly range: readonly [min: number, max: number];
  waveform(seed: number): Waveform;
}

export interface Profile {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  readonly channels: readonly ProfileChannel[];
}

/** When the made-up meters stood at zero and the made-up sensors were new: 2024-01-01T00:00:00Z. */
export const INSTALLED = epochMicros(1_704_067_200_000_000);
