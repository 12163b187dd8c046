/**
 * The contract of a destination: it takes one made report and resolves when the other side has it.
 *
 * A `Fault` with `retry` is tried again with the same key; without, the run is refused and waits for a person.
 */
import { type Clock, Fault, type Log, type Random } from "../../protocol/index.ts";
import type { Piece } from "../report/format.ts";

export interface Delivery {
  /** Names the run; the same at every attempt. */
  readonly key: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly pieces: AsyncIterable<Piece>;
}

export interface DeliveryContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends when the collector stops. */
  readonly signal: AbortSignal;
}

export type Deliver = (delivery: Delivery, context: DeliveryContext) => Promise<void>;

/** A report that goes out in one message is held in memory whole. */
const LARGEST_MB = 64;

/** Nothing leaves before the whole report is made: half of one is never accepted. @throws Fault `report_too_large` */
export async function wholeOf({ key, pieces }: Delivery): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    const part = typeof piece === "string" ? Buffer.from(piece) : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    bytes += part.length;
    if (bytes > LARGEST_MB * 1e6) {
      throw new Fault("report_too_large", `${key}: expected a report of at most ${LARGEST_MB} MB, got more`, {
        hint: "choose fewer series or a shorter span, or write it to a folder",
      });
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Runs `work` for at most so long; its signal ends with the collector too. @throws `late()` when the time is over. */
export async function inTime<T>(
  { clock, signal }: DeliveryContext,
  limit: Parameters<Clock["after"]>[1],
  work: (signal: AbortSignal) => Promise<T>,
  late: () => Fault,
): Promise<T> {
  const stop = new AbortController();
  const over = Promise.withResolvers<never>();
  const timer = clock.after("deliver a report", limit, () => over.reject(late()));
  try {
    return await Promise.race([work(AbortSignal.any([signal, stop.signal])), over.promise]);
  } finally {
    timer.cancel();
    stop.abort();
  }
}
