/**
 * oracle: holds what a collector stored against what a fleet sent, reading by reading.
 *
 * It believes nobody: every reading sent has a number, from which instant and value follow, and of each it is noted
 * whether it was found. What is found twice, with another value, or was never sent, is counted too.
 */
import { type EpochMicros, isoInstant } from "../../protocol/index.ts";

/** What one agent sent: `sealed` readings of each channel, numbered from 0. */
export interface SentStream {
  readonly name: string;
  readonly sealed: number;
  instantOf(number: number): EpochMicros;
  valueOf(channel: number, at: EpochMicros): number;
}

/** A reading as the collector has it. */
export interface StoredRow {
  /** `agent/sensor/channel` */
  readonly series: string;
  /** As `isoInstant` writes it. */
  readonly at: string;
  readonly value: number;
}

export interface Verdict {
  /** Readings. */
  readonly sent: number;
  /** Found as they were sent, each counted once. */
  readonly stored: number;
  readonly missing: number;
  /** Found once more. */
  readonly duplicated: number;
  /** Found with another value. */
  readonly changed: number;
  /** Found and never sent. */
  readonly foreign: number;
  /** Some of what is wrong, in words. */
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 10;

export class Oracle {
  readonly #streams: ReadonlyMap<string, SentStream>;
  readonly #channels: readonly string[];
  /** A byte a reading sent, channel after channel: found or not. */
  readonly #found = new Map<string, Uint8Array>();
  readonly #examples: string[] = [];
  /** Numbers of the readings of one agent, by their instant as text. Rows come agent by agent. */
  #numbers: { readonly agent: string; readonly byInstant: ReadonlyMap<string, number> } = { agent: "", byInstant: new Map() };
  #stored = 0;
  #duplicated = 0;
  #changed = 0;
  #foreign = 0;

  /** @param channels in the order in which the agents number them. */
  constructor(streams: readonly SentStream[], channels: readonly string[]) {
    this.#streams = new Map(streams.map((stream) => [stream.name, stream]));
    this.#channels = channels;
    for (const { name, sealed } of streams) this.#found.set(name, new Uint8Array(sealed * channels.length));
  }

  see({ series, at, value }: StoredRow): void {
    const [agent = "", , name = ""] = series.split("/");
    const stream = this.#streams.get(agent);
    const channel = this.#channels.indexOf(name);
    const number = stream === undefined ? undefined : this.#numberOf(stream, at);
    if (stream === undefined || channel < 0 || number === undefined) {
      this.#foreign += 1;
      return this.#example(`${series} at ${at} was never sent`);
    }
    const found = this.#found.get(agent) as Uint8Array;
    const place = channel * stream.sealed + number;
    if (found[place] === 1) {
      this.#duplicated += 1;
      return this.#example(`${series} at ${at} is stored more than once`);
    }
    found[place] = 1;
    const sent = stream.valueOf(channel, stream.instantOf(number));
    if (sent === value) this.#stored += 1;
    else {
      this.#changed += 1;
      this.#example(`${series} at ${at} is stored as ${value}, and was sent as ${sent}`);
    }
  }

  verdict(): Verdict {
    let sent = 0;
    for (const [agent, found] of this.#found) {
      sent += found.length;
      const place = this.#examples.length < MOST_EXAMPLES ? found.indexOf(0) : -1;
      if (place >= 0) this.#example(this.#missing(agent, place));
    }
    const [stored, duplicated, changed, foreign] = [this.#stored, this.#duplicated, this.#changed, this.#foreign];
    return { sent, stored, missing: sent - stored - changed, duplicated, changed, foreign, examples: this.#examples };
  }

  #numberOf(stream: SentStream, at: string): number | undefined {
    if (this.#numbers.agent !== stream.name) {
      const instants = Array.from({ length: stream.sealed }, (_, number) => [isoInstant(stream.instantOf(number)), number] as const);
      this.#numbers = { agent: stream.name, byInstant: new Map(instants) };
    }
    return this.#numbers.byInstant.get(at);
  }

  #missing(agent: string, place: number): string {
    const stream = this.#streams.get(agent) as SentStream;
    const at = isoInstant(stream.instantOf(place % stream.sealed));
    return `${agent}/${this.#channels[Math.floor(place / stream.sealed)]} at ${at} is missing`;
  }

  #example(words: string): void {
    if (this.#examples.length < MOST_EXAMPLES) this.#examples.push(words);
  }
}
