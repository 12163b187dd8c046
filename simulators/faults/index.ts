/**
 * faults: how sensors fail, as pure functions of (seed, instant). Other folders import this file only.
 */
export type { FaultWords, Telling } from "./fault.ts";
export { type Circumstances, type FaultySensor, faultySensor, occasionsOf } from "./faulty-sensor.ts";
export type { Occasions } from "./occasions.ts";
export { FAULTS } from "./registry.ts";
export { loadScript } from "./script.ts";
export { type FaultMap, faultArgument, faultMap, type PlannedFault, planned, strangers } from "./settings.ts";
