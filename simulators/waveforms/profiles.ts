/**
 * profiles: every made-up sensor box by its name. Adding one = its file and one line here.
 */
import { type EpochMicros, Fault } from "../../protocol/index.ts";
import { boiler } from "./boiler.ts";
import { greenhouse } from "./greenhouse.ts";
import { numbered } from "./numbered.ts";
import { office } from "./office.ts";
import type { Profile } from "./profile.ts";
import { weather } from "./weather.ts";

export const PROFILES: readonly Profile[] = [greenhouse, boiler, office, weather, numbered];

export const PROFILE_NAMES: readonly string[] = PROFILES.map((profile) => profile.name);

/** A made-up sensor that can be read at any instant, in any order. */
export interface SimulatedSensor {
  readonly profile: Profile;
  /** One value per channel, inside the channel's range. */
  valuesAt(at: EpochMicros): Record<string, number>;
}

/** @throws Fault `unknown_profile`, naming those there are. */
export function profileOf(name: string): Profile {
  const profile = PROFILES.find((one) => one.name === name);
  if (profile !== undefined) return profile;
  throw new Fault("unknown_profile", `profile: expected one of ${PROFILE_NAMES.join(", ")}, got ${JSON.stringify(name)}`);
}

/** @param seed any integer; the same seed gives the same values for ever. */
export function simulatedSensor(profile: Profile, seed: number): SimulatedSensor {
  const channels = profile.channels.map(({ name, waveform }) => ({ name, value: waveform(seed) }));
  return {
    profile,
    valuesAt(at) {
      const values: Record<string, number> = {};
      for (const { name, value } of channels) values[name] = value(at);
      return values;
    },
  };
}
