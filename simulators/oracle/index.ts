/**
 * oracle: did every numbered reading arrive, once? Other folders import this file only.
 */
export { askOracle } from "./oracle.ts";
export { dueOf } from "./replays.ts";
export { verdictText } from "./words.ts";
