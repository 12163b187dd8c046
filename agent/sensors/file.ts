/**
 * file: replays CSV files, at once or at the pace at which they were written, and can follow them as they grow.
 *
 * - The instant of a row is the file's own; it is never restamped. Rows that share one are numbered (`repeats`).
 * - The cursor (file, byte offset, last instants) is committed with the rows, so a kill neither repeats nor skips any.
 * - A row that cannot be read costs itself alone and is counted by reason; nothing stops the file. A file of a folder
 *   that cannot be read stops the sensor there, behind the rows of those before it.
 * - A followed file may be rotated or cut: what was written before is read to its end, then the file that has its name.
 * - Rows without a time are of the moment in which they are seen, so such a file is read from its end on, each time.
 * - `speed` other than max waits between rows as long as they are apart; the time it takes to read them comes on top.
 */
import type { EpochMicros } from "../../protocol/index.ts";
import { MICROS_PER_MS } from "../../protocol/index.ts";
import type { Burst, DriverContext, DriverKind, Sample, StreamDriver } from "./contract.ts";
import { columnsOf, type FileOptions, fileOptions } from "./file/options.ts";
import { type Memory, Repeats } from "./file/repeats.ts";
import type { RowFormat, RowParser } from "./file/rows.ts";
import { type Fate, type Place, Source } from "./file/source.ts";
import { atMidnight, instantParser } from "./text/instants.ts";

interface Cursor extends Place {
  /** As in the config: under another path the files are other ones. */
  readonly path: string;
  /** Of `Repeats`. */
  readonly recent: Memory;
}

const SAMPLES_PER_BURST = 1_000;
/** Rows looked at for one burst, so that a file of which little is meant does not hold up everything else. */
const LINES_PER_BURST = 20_000;
/** A slow replay hands over what belongs to this much time at once. */
const PACE_MS = 1_000;
const FOLLOW_MS = 1_000;

export const file: DriverKind<FileOptions> = {
  name: "file",
  config: fileOptions,
  channels: (options) => channelNames(options).map((name) => ({ name, unit: "1", kind: "gauge" })),
  create: (options, context) => new FileDriver(options, context),
};

class FileDriver implements StreamDriver {
  readonly shape = "stream";
  readonly pace = "drawn"; // followed, too: what is written meanwhile waits in the file
  readonly bus: string;
  readonly #options: FileOptions;
  readonly #context: DriverContext;
  #source: Source | undefined;
  #repeats = new Repeats([]);
  #samples: Sample[] = [];
  #skipped: Record<string, number> = {};
  #lines = 0;
  /** Instant up to which a slow replay has come. */
  #paced: number | undefined;
  #moved = false;

  constructor(options: FileOptions, context: DriverContext) {
    this.bus = `file:${context.sensor}`;
    this.#options = options;
    this.#context = context;
  }

  async open(cursor: unknown): Promise<void> {
    await this.close();
    const saved = cursor as Cursor | undefined;
    const { path, start } = this.#options;
    const isTimed = columnsOf(this.#options).time !== undefined;
    const place = saved?.path === path && isTimed ? saved : undefined;
    this.#source = new Source(this.#options.path, await formatOf(this.#options), this.#options.header);
    this.#repeats = new Repeats(saved?.recent ?? []);
    this.#paced = this.#repeats.last;
    this.#startBurst();
    await this.#source.open(place, isTimed ? start : "end");
  }

  async next(signal: AbortSignal): Promise<Burst | undefined> {
    const source = this.#source as Source;
    while (!this.#take(source)) {
      signal.throwIfAborted();
      if (await source.reader.more()) continue;
      if (await this.#passEnd(source)) continue;
      if (this.#moved) break;
      if (this.#options.at_end === "stop") return undefined;
      await this.#context.pause(FOLLOW_MS, signal);
    }
    await this.#keepPace(signal);
    return this.#handOver(source);
  }

  async close(): Promise<void> {
    await this.#source?.close();
  }

  /** Takes rows out of memory; true when the burst is full, false when more must be read. */
  #take(source: Source): boolean {
    for (;;) {
      if (this.#isFull()) return true;
      const line = source.reader.next();
      this.#skip("line_too_long", source.reader.takeTooLong());
      if (line === undefined) return false;
      this.#row(source.rows, line);
    }
  }

  /** At the end of a file: its last line, when nothing can follow it, and the next file. True if there is more to take. */
  async #passEnd(source: Source): Promise<boolean> {
    const { reader, rows } = source;
    const fate = this.#options.at_end === "stop" ? "same" : await source.fate();
    if (fate === "moved" && (await reader.more())) return true; // written before it was moved
    const isComplete = fate !== "same" || this.#options.at_end === "stop" || (await source.hasNext());
    const rest = isComplete ? reader.rest() : undefined;
    this.#skip("line_too_long", reader.takeTooLong());
    if (rest !== undefined && fate === "cut") this.#skip("short_row", 1);
    else if (rest !== undefined) this.#row(rows, rest);
    return isComplete && this.#openFollowing(source, fate);
  }

  /** A file that cannot be opened is tried again behind the burst: what was read before it is handed over first. */
  async #openFollowing(source: Source, fate: Fate): Promise<boolean> {
    try {
      return await source.openFollowing(fate);
    } catch (error) {
      if (!this.#moved) throw error;
      return false;
    }
  }

  #row(rows: RowParser, line: string): void {
    this.#moved = true;
    this.#lines += 1;
    if (line === "") return;
    const sample = rows.parse(line, this.#repeats.last, (reason) => this.#skip(reason, 1));
    if (sample === undefined) return;
    const { at } = sample;
    if (at === undefined) {
      this.#samples.push({ ...sample, arrived: this.#context.monotonic() });
    } else if (this.#options.repeats === "keep") {
      this.#repeats.keep(at);
      this.#samples.push(sample);
    } else {
      const free = this.#repeats.number(at);
      this.#samples.push(free === at ? sample : { ...sample, at: free as EpochMicros });
    }
  }

  #skip(reason: string, count: number): void {
    if (count === 0) return;
    this.#moved = true;
    this.#skipped[reason] = (this.#skipped[reason] ?? 0) + count;
  }

  #isFull(): boolean {
    return this.#samples.length >= SAMPLES_PER_BURST || this.#lines >= LINES_PER_BURST || this.#aheadMs() >= PACE_MS;
  }

  /** How long a slow replay has to wait before it hands over what it has. */
  #aheadMs(): number {
    const last = this.#samples.at(-1)?.at;
    if (this.#options.speed === Infinity || last === undefined) return 0;
    this.#paced ??= this.#samples[0]?.at ?? last;
    return (last - this.#paced) / MICROS_PER_MS / this.#options.speed;
  }

  async #keepPace(signal: AbortSignal): Promise<void> {
    const ms = this.#aheadMs();
    this.#paced = this.#samples.at(-1)?.at ?? this.#paced;
    if (ms > 0) await this.#context.pause(ms, signal);
  }

  #handOver(source: Source): Burst {
    const cursor: Cursor = { path: this.#options.path, ...source.place, recent: this.#repeats.memory };
    const burst: Burst = { samples: this.#samples, cursor, skipped: this.#skipped };
    this.#startBurst();
    return burst;
  }

  #startBurst(): void {
    this.#samples = [];
    this.#skipped = {};
    this.#lines = 0;
    this.#moved = false;
  }
}

function channelNames(options: FileOptions): readonly string[] {
  return Object.keys(columnsOf(options)).filter((name) => name !== "time");
}

async function formatOf(options: FileOptions): Promise<RowFormat> {
  const { time, ...channels } = columnsOf(options);
  const iso = await instantParser("iso", options.time_zone);
  const farOff = (text: string) => (text < "1970" ? -Infinity : Infinity); // in years that have no instants
  const bound = (text: string | undefined, none: number) =>
    text === undefined ? none : (iso(atMidnight(text), undefined) ?? farOff(text));
  return {
    ...options,
    lines: options.lines,
    notBefore: bound(options.not_before, -Infinity),
    notAfter: bound(options.not_after, Infinity),
    time: time === undefined ? [] : [time].flat(),
    channels,
    where: [options.where].flat(),
    instant: await instantParser(options.time_format, options.time_zone),
  };
}
