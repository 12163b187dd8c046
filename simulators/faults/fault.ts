/**
 * The contract of a fault: one way in which a sensor fails, one file.
 *
 * - A fault changes what a sensor tells at one instant, and is a pure function of seed and instant like the
 *   waveforms: it keeps no state and draws no numbers, so a stretch may start anywhere, at any speed, in parts.
 * - When it happens is not its business: `Scene.occasions` says so, by rate or by a script.
 * - It says what it did by its name in `Telling.faults` (`spike:temperature`), so that a filter can be judged.
 */
import type { z } from "zod";
import type { EpochMicros, Micros } from "../../protocol/index.ts";
import type { Profile, ProfileChannel } from "../waveforms/index.ts";
import type { Occasions } from "./occasions.ts";

/** What a sensor tells of one instant. Faults change it, one after the other in the order of the registry. */
export interface Telling {
  /** When it was measured, and what was true then. */
  readonly trueAt: EpochMicros;
  readonly truth: Readonly<Record<string, number>>;
  /** By the sensor's own clock. */
  at: EpochMicros;
  values: Record<string, number>;
  /** Nothing comes of it. */
  isSilent: boolean;
  /** How often it comes again, at once. */
  copies: number;
  /** It comes after as many later ones. */
  lateBy: number;
  /** `fault`, or `fault:channel`; empty = as it was. */
  readonly faults: string[];
}

/** What a fault is given of the sensor. */
export interface Scene {
  readonly profile: Profile;
  /** Those that it concerns. */
  readonly channels: readonly ProfileChannel[];
  /** A seed of this fault's own. */
  readonly seed: number;
  /** When it happens: for the whole sensor, or for one channel, each at its own times. */
  occasions(channel?: string): Occasions;
  truthAt(at: EpochMicros): Readonly<Record<string, number>>;
}

/** How a fault is asked for: the same words for those of sensors and those of devices. */
export interface FaultWords {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  /** How long it lasts where nobody says; absent = one reading. */
  readonly lasts?: Micros;
  /** Its own options, beside `rate`, `at`, `for` and `channels`. */
  readonly own: Readonly<Record<string, z.ZodType>>;
}

export interface FaultKind<Own = unknown> extends FaultWords {
  /**
   * What a sensor must be to have it: `asked` = any, also one that answers when it is asked; `told` = one that tells
   * by itself (a file, a replay), for who is asked answers once.
   */
  readonly of: "asked" | "told";
  /** Needs a clock of the device: its instants are the device's own. */
  readonly isOfClock?: boolean;
  /** Happens to single channels, not to the sensor as a whole. */
  readonly isOfChannels?: boolean;
  create(own: Own, scene: Scene): (telling: Telling) => void;
}

/** As chips round: two decimals. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100 + 0; // + 0: a chip has no -0
}
