/**
 * link: a TCP link with faults. Other folders import this file only.
 */
export type { LinkFault } from "./faults.ts";
export { openLink } from "./link.ts";
export { playScript, type Script } from "./script.ts";
