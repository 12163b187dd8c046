/**
 * uplink-status: how the uplink is, for people and for who watches the agent.
 */
import type { Fault, NackCode } from "../../protocol/index.ts";
import type { DeliveryState } from "./delivery-state.ts";

export interface UplinkStatus {
  readonly phase: "down" | "greeting" | "reconciling" | "open";
  readonly url: string;
  readonly inFlight: number;
  readonly isGateOpen: boolean; // false: outside its hours, so only what is urgent goes
  readonly ackedBatches: number;
  /** Milliseconds since the last ack; undefined before the first. */
  readonly lastAckAgoMs: number | undefined;
  /** Why it is down, for people. */
  readonly trouble: string | undefined;
  /** What is odd though it is connected: why what was sent last was not taken (until the next ack), or `hasNamesake`. */
  readonly refusal: string | undefined;
  /** What to do about either. */
  readonly remedy: string | undefined;
  /** The collector knows another device under this name: a person has to decide. */
  readonly isRefused: boolean;
  /** Another agent has this name on what is the same device to the collector. */
  readonly hasNamesake: boolean;
}

/** For people. Absent is what the agent mends at once by itself. */
const REFUSALS: Partial<Record<NackCode, string>> = {
  busy: "the collector takes no batches: busy (no room, or its disk fails); tributary-collector doctor there says why",
  denied: "the collector takes no batches before it has heard a hello (denied); one is on its way",
  crc: "batches arrive damaged (crc); they are sent again",
};

interface About {
  readonly url: string;
  /** Milliseconds, as in the state. */
  readonly now: number;
  /** Why the last connection ended or did not come about. */
  readonly trouble: Fault | undefined;
  readonly namesake: Fault | undefined;
}

export function describeUplink(state: DeliveryState, { url, now, trouble, namesake }: About): UplinkStatus {
  const { phase, flights, acked, lastAckAt, isGateOpen, refusal } = state;
  const why = phase === "open" ? undefined : (namesake ?? trouble);
  return {
    phase,
    url,
    inFlight: flights.size,
    isGateOpen,
    ackedBatches: acked,
    lastAckAgoMs: lastAckAt === undefined ? undefined : now - lastAckAt,
    trouble: why?.message,
    refusal: namesake?.message ?? (refusal === undefined ? undefined : REFUSALS[refusal]),
    remedy: (why ?? namesake)?.hint,
    isRefused: why?.code === "another_device",
    hasNamesake: namesake !== undefined,
  };
}
