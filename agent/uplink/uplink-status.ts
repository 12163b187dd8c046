/**
 * uplink-status: how the uplink is, for people and for who watches the agent.
 */
export interface UplinkStatus {
  readonly phase: "down" | "greeting" | "reconciling" | "open";
  readonly url: string;
  readonly inFlight: number;
  readonly isGateOpen: boolean; // false: outside its hours, so only what is urgent goes
  readonly ackedBatches: number;
  /** Milliseconds since the last ack; undefined before the first. */
  readonly lastAckAgoMs: number | undefined;
  /** Why it is down, and what to do, for people. */
  readonly trouble: string | undefined;
  readonly remedy: string | undefined;
  /** The collector knows another device under this name: a person has to decide. */
  readonly isRefused: boolean;
}
