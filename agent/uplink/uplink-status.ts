/**
 * uplink-status: how the uplink is, for people and for who watches the agent.
 */
import type { NackCode } from "../../protocol/index.ts";

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
  /** Connected, and yet it did not take what was sent last, for this reason; undefined since its last ack. */
  readonly refusal: string | undefined;
  /** The collector knows another device under this name: a person has to decide. */
  readonly isRefused: boolean;
}

const REFUSALS: Partial<Record<NackCode, string>> = {
  busy: "the collector takes no batches: busy (no room, or its disk fails); tributary-collector doctor there says why",
  denied: "the collector takes no batches before it has heard a hello (denied); one is on its way",
  crc: "batches arrive damaged (crc); they are sent again",
};

/** For people. undefined for what the agent mends at once by itself. */
export function refusalWords(code: NackCode | undefined): string | undefined {
  return code === undefined ? undefined : REFUSALS[code];
}
