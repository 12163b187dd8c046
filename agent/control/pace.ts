/**
 * pace: how fast things go at present, learned at each seal: readings a sensor, bytes sealed, bytes written to the
 * disk; and from that, how long the spool would last if the collector went away now.
 *
 * It has no timer: marks are set when something is sealed, at most one a minute, and are kept for an hour. A rate is
 * taken from the oldest mark that suits to the present; undefined where there is nothing to learn from yet.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from "../../protocol/index.ts";

/** Readings taken since the spool was made, by sensor. */
export type ReadCounts = Readonly<Record<string, number>>;

export interface PaceReport {
  /** Over the last minute or so, by sensor. */
  readonly readingsPerSecond: Readonly<Record<string, number>>;
  /** Bytes of sealed batches, over the last hour at most. */
  readonly sealedBytesPerHour: number | undefined;
  /** What this process had written to storage, all files and the file system's own pages, scaled to a day. */
  readonly writtenBytesPerDay: number | undefined;
}

interface Mark {
  readonly at: number;
  readonly sealed: number;
  readonly written: number | undefined;
  readonly read: ReadCounts;
}

/** Shorter than this tells nothing about a sensor that is read every 10 s. */
const LEAST = 20 * MICROS_PER_SECOND;

export class Pace {
  readonly #clock: Clock;
  readonly #root: string;
  #marks: Mark[];
  #sealed = 0;

  /** @param root `/`, or another tree with a `/proc`. */
  constructor(clock: Clock, root: string, read: ReadCounts) {
    this.#clock = clock;
    this.#root = root;
    this.#marks = [this.#mark(read)];
  }

  sealed(bytes: number, read: ReadCounts): void {
    this.#sealed += bytes;
    const now = this.#clock.monotonic();
    if (now - (this.#marks.at(-1)?.at ?? 0) < MICROS_PER_MINUTE) return;
    this.#marks = [...this.#marks.filter(({ at }) => now - at <= MICROS_PER_HOUR), this.#mark(read)];
  }

  report(read: ReadCounts): PaceReport {
    const now = this.#mark(read);
    const recent = this.#marks.findLast(({ at }) => now.at - at >= MICROS_PER_MINUTE) ?? this.#marks[0] ?? now;
    const oldest = this.#marks[0] ?? now;
    const span = now.at - recent.at;
    const readingsPerSecond = Object.fromEntries(
      Object.entries(read).map(([name, count]) => [name, ((count - (recent.read[name] ?? 0)) * MICROS_PER_SECOND) / span]),
    );
    const long = now.at - oldest.at;
    const sealed = now.sealed - oldest.sealed;
    const written = now.written === undefined || oldest.written === undefined ? undefined : now.written - oldest.written;
    return {
      readingsPerSecond: span >= LEAST ? readingsPerSecond : {},
      sealedBytesPerHour: long >= LEAST && sealed > 0 ? (sealed / long) * MICROS_PER_HOUR : undefined,
      writtenBytesPerDay: long >= LEAST && written !== undefined ? (written / long) * MICROS_PER_DAY : undefined,
    };
  }

  #mark(read: ReadCounts): Mark {
    return { at: this.#clock.monotonic(), sealed: this.#sealed, written: writtenBytes(this.#root), read };
  }
}

/**
 * Hours until a spool without its collector is full, after which its oldest readings go; undefined without a pace.
 * Acked history makes room first, so it counts as free.
 */
export function hoursLeft(
  spool: { readonly usedBytes: number; readonly allowedBytes: number; readonly historyBytes: number },
  sealedBytesPerHour: number | undefined,
): number | undefined {
  if (sealedBytesPerHour === undefined) return undefined;
  const room = spool.allowedBytes - (spool.usedBytes - spool.historyBytes);
  return Math.max(0, room / sealedBytesPerHour);
}

/** Source: proc_pid_io(5), `write_bytes`: bytes this process caused to be sent to the storage layer. */
function writtenBytes(root: string): number | undefined {
  try {
    const found = /^write_bytes: (\d+)$/m.exec(readFileSync(join(root, "proc/self/io"), "latin1"));
    return found?.[1] === undefined ? undefined : Number(found[1]);
  } catch {
    return undefined; // a kernel without task accounting does not say
  }
}
