/**
 * waveforms: made-up sensors as pure functions of (seed, instant). Other folders import this file only.
 */
export { seededFractions, seedFor, uniform } from "./hashed.ts";
export { NUMBER_STEP, numberOf } from "./numbered.ts";
export type { Profile, ProfileChannel } from "./profile.ts";
export { PROFILE_NAMES, PROFILES, profileOf, type SimulatedSensor, simulatedSensor } from "./profiles.ts";
export { type Start, start, startAt } from "./start.ts";
