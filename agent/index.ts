/**
 * index: what the agent lends to the simulated fleet: its own uplink, so that a thousand made-up agents deliver by the
 * same rules as a real one. Nobody else may import it.
 */
export { TrustedClock } from "./clock/trusted-clock.ts";
export { collectorAddress } from "./config/address.ts";
export type { Spool } from "./spool/spool.ts";
export type { BatchInfo } from "./spool/spool-file.ts";
export { SendGate } from "./uplink/gate.ts";
export { Uplink } from "./uplink/uplink.ts";
