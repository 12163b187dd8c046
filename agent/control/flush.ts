/**
 * flush: everything that was read is sealed and sent now, at any hour, and how far that has come.
 *
 * What an open window of a filter holds stays there: a summary of half a minute would be the price of an early look.
 */
import { Fault } from "../../protocol/index.ts";

/** As plain JSON. */
export interface FlushReport {
  /** Batches that waited when it was asked for, and their readings. */
  readonly batches: number;
  readonly readings: number;
  /** Of these, what the collector has not acked yet. */
  readonly waiting: { readonly batches: number; readonly readings: number };
  /** Readings that could not be sealed: nobody vouches for the clock yet, or the disk is full. */
  readonly unsealed: number;
  /** Readings in windows of filters that are still open. */
  readonly inWindows: number;
  readonly uplink: {
    readonly phase: string;
    readonly url: string;
    readonly trouble: string | undefined;
    readonly refusal: string | undefined;
  };
  /** Why readings are dropped now, so that what is acked is not all there was; undefined where none are. */
  readonly dropping: { readonly message: string; readonly hint: string | undefined } | undefined;
  readonly done: boolean;
}

type Place = { readonly epochOrder: number; readonly seq: number };

export interface FlushParts {
  /** Commits and seals; resolves when it is in the spool, as far as it can be. */
  seal(): Promise<void>;
  newestPlace(): Promise<Place>;
  pendingUpTo(place: Place): Promise<{ readonly batches: number; readonly readings: number }>;
  /** Of the account now. */
  counts(): Promise<{ readonly open: number; readonly inWindow: number }>;
  /** Why the last commit was refused. */
  dropping(): Fault | undefined;
  uplink(): FlushReport["uplink"];
  /** Opens the gate of the uplink until the returned function is called. */
  lift(): () => void;
}

interface Flush {
  readonly place: Place;
  readonly batches: number;
  readonly readings: number;
  readonly unsealed: number;
  readonly inWindows: number;
}

export class Flusher {
  readonly #parts: FlushParts;
  #flush: Flush | undefined;
  #close: (() => void) | undefined;

  constructor(parts: FlushParts) {
    this.#parts = parts;
  }

  /** Begins one; the newest counts. */
  async begin(): Promise<FlushReport> {
    const { seal, newestPlace, pendingUpTo, counts, lift } = this.#parts;
    await seal();
    const place = await newestPlace();
    const { open, inWindow } = await counts();
    this.#flush = { place, ...(await pendingUpTo(place)), unsealed: open, inWindows: inWindow };
    this.#close ??= lift();
    return this.report();
  }

  /** @throws Fault `no_flush` where none was asked for. */
  async report(): Promise<FlushReport> {
    if (this.#flush === undefined) throw new Fault("no_flush", "expected a flush under way, nobody asked for one: POST /api/v1/flush");
    const { place, batches, readings, unsealed, inWindows } = this.#flush;
    const waiting = await this.#parts.pendingUpTo(place);
    const fault = this.#parts.dropping();
    const dropping = fault && { message: fault.message, hint: fault.hint };
    const done = waiting.batches === 0 && unsealed === 0 && dropping === undefined;
    if (waiting.batches === 0) this.#shut();
    return { batches, readings, waiting, unsealed, inWindows, uplink: this.#parts.uplink(), dropping, done };
  }

  /** Something was acked: the gate closes behind the last of it. */
  async acked(): Promise<void> {
    if (this.#close !== undefined && this.#flush !== undefined) await this.report();
  }

  #shut(): void {
    this.#close?.();
    this.#close = undefined;
  }
}
