/**
 * about: what a running collector says of itself.
 */
import type { RecentFault } from "../protocol/index.ts";
import type { Broker } from "./broker/contract.ts";
import type { HttpAccess } from "./config/config.ts";
import { reachableAt } from "./http/addresses.ts";
import type { JobStatus } from "./schedule/scheduler.ts";

const OPEN_TO_ALL = "EVERY NETWORK that reaches this port is answered, and nothing on the way is encrypted";

/** The answer at `/api/v1/status`. */
export interface CollectorAbout {
  readonly collector: string;
  readonly generation: string;
  readonly mqtt: string;
  /** Why no batches come in, or what is odd about the broker; null where all is well. */
  readonly mqtt_trouble: TroubleAbout | null;
  readonly http: HttpAbout;
  readonly connected: readonly string[];
  readonly clock_trusted: boolean;
  /** Refused connections and messages, by fault code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly quarantine: readonly { readonly agent: string; readonly reason: string; readonly count: number }[];
  /** The scheduled ones, and how they fare. */
  readonly reports: readonly JobStatus[];
  /** Of batches in the journal that the store does not have yet. */
  readonly waiting_bytes: number;
  /** Warnings and errors of this run, newest last. */
  readonly recent_faults: readonly RecentFault[];
}

/** Where it answers, and who may ask. */
interface HttpAbout {
  readonly urls: readonly string[];
  readonly from: HttpAccess["from"];
  readonly without_token: HttpAccess["withoutToken"];
  readonly warning?: string;
}

interface TroubleAbout {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export function troubleOf({ trouble }: Broker): TroubleAbout | null {
  return trouble === undefined ? null : { code: trouble.code, message: trouble.message, hint: trouble.hint ?? null };
}

/** @param url empty where nobody listens yet. */
export function answeringAt(url: string, { from, withoutToken }: HttpAccess): HttpAbout {
  return {
    urls: url === "" ? [] : reachableAt(url, from),
    from,
    without_token: withoutToken,
    ...(from === "all" && { warning: OPEN_TO_ALL }),
  };
}
