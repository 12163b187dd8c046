/**
 * trusted-clock: whether, and by how much, the wall clock of this boot may be believed.
 *
 * Sealing gives readings their final instants, so it waits for an offset (wall - monotonic) that somebody
 * vouches for:
 *
 *   ntp        systemd-timesyncd says that the clock is synchronised
 *   system     an RTC or a hypervisor clock, where it is not behind what the spool saw; or a person who wrote
 *              `trust: system`, and answers for every step of that clock
 *   collector  the time in a hello-ack, where its error (half the round trip) is under 2 s and the collector
 *              trusts its own clock
 *
 * None of them shows less than the build date of this program. A bare step of the wall clock (`date -s`) changes
 * nothing until NTP or the collector confirms it: the offset goes on as if it had not happened. Slewing is followed.
 * A trusted offset is held until it is off by more than `STEP`, so that jitter does not count as the clock going back.
 */
import { type Clock, type EpochMicros, epochMicros, hasRealClock, type Micros, ntpMark } from "../../protocol/index.ts";
import type { ClockTrust } from "../config/config.ts";

export type ClockSource = "ntp" | "system" | "collector" | "none";

export interface ClockReport {
  readonly source: ClockSource;
  /** wall - monotonic in microseconds; undefined while nothing vouches for one. */
  readonly offset: number | undefined;
}

export interface TrustOptions {
  readonly trust: ClockTrust;
  /** `/`, or the tree in which the marks of a synchronised clock are looked for. */
  readonly root: string;
  /** When this program was built: no right clock shows less. */
  readonly builtAt: EpochMicros;
  /** Of the spool, 0 where there is none: an RTC that shows less has lost the time. */
  readonly newestSeal: EpochMicros;
}

interface Vouched {
  readonly offset: number;
  readonly source: ClockSource;
  /** Microseconds it may be wrong by. */
  readonly error: number;
}

/** Microseconds: less than this is jitter of reading two clocks, and slewing. */
const STEP = 250_000;
/** Half the round trip of the hello, above which its time is not precise enough. */
const WORST_COLLECTOR_ERROR = 2_000_000;
/** After so long in a boot without a vouched clock, a collector that is unsure itself is better than nothing. */
const PATIENCE = 600_000_000;
/** The file system is asked for evidence no more often. */
const LOOK_EVERY = 1_000_000;

export class TrustedClock {
  readonly #clock: Clock;
  readonly #options: TrustOptions;
  #held: Vouched | undefined;
  #collector: Vouched | undefined;
  #unsure: number | undefined;
  /** Offset of the collector's clock in the last hello-ack, believed or not. */
  #heard: number | undefined;
  #evidence: { readonly at: number; readonly mark: number | undefined; readonly isReal: boolean } | undefined;
  /** wall - monotonic when it was last looked at. */
  #seen: number | undefined;
  /** By how much the wall clock was stepped since the offset is held without anybody vouching for it. */
  #bareStep = 0;

  constructor(clock: Clock, options: TrustOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Asks the sources again; cheap enough for every reading. */
  report(): ClockReport {
    const fresh = this.#freshest();
    if (fresh !== undefined) {
      const held = this.#held?.offset;
      const isOff = held === undefined || Math.abs(fresh.offset - held) > STEP + fresh.error;
      this.#held = { ...fresh, offset: isOff ? fresh.offset : held };
    }
    return { source: this.#held?.source ?? "none", offset: this.#held?.offset };
  }

  trustedOffset(): number | undefined {
    return this.report().offset;
  }

  /** Nothing vouches for the clock, and the collector may. */
  needsCollector(): boolean {
    const { trust } = this.#options;
    return (trust === "auto" || trust === "collector") && this.trustedOffset() === undefined;
  }

  /** The present time: trusted, or what the wall clock shows where nothing is. */
  now(): EpochMicros {
    const offset = this.trustedOffset();
    return offset === undefined ? this.#clock.wall() : epochMicros(Math.round(this.#clock.monotonic() + offset));
  }

  /** The time of a hello-ack; `roundTrip` in microseconds. */
  hearCollector(time: EpochMicros, timeTrusted: boolean, roundTrip: number): void {
    const error = roundTrip / 2;
    const offset = Math.round(time + error - this.#clock.monotonic());
    this.#heard = offset;
    if (timeTrusted && error <= WORST_COLLECTOR_ERROR) this.#confirm({ offset, source: "collector", error });
    else if (time >= this.#options.builtAt) this.#unsure = offset;
  }

  /** Microseconds by which the collector's clock, as last heard, is ahead of this machine's; undefined before. */
  collectorAhead(): number | undefined {
    return this.#heard === undefined ? undefined : this.#heard - this.#wallOffset();
  }

  /**
   * The offset to seal under: trusted, or after ten minutes without one that of a collector which does not trust
   * its own clock; what is sealed under it is suspect.
   */
  sealingOffset(began: Micros): { readonly offset: number; readonly suspect: boolean } | undefined {
    const trusted = this.trustedOffset();
    if (trusted !== undefined) return { offset: trusted, suspect: false };
    if (this.#unsure === undefined || this.#clock.monotonic() - began < PATIENCE) return undefined;
    return { offset: this.#unsure, suspect: true };
  }

  #confirm(collector: Vouched): void {
    this.#collector = collector;
    this.report(); // notices a step of the wall clock before it is confirmed
    if (Math.abs(collector.offset - this.#wallOffset()) <= WORST_COLLECTOR_ERROR) this.#bareStep = 0;
  }

  #freshest(): Vouched | undefined {
    const { trust } = this.#options;
    if (trust === "system") return this.#wall("system", this.#wallOffset());
    const wall = trust === "collector" ? undefined : this.#vouchedWall();
    return wall ?? (trust === "ntp" ? undefined : this.#collector);
  }

  /** The wall clock where the machine itself vouches for it. */
  #vouchedWall(): Vouched | undefined {
    const { mark, isReal } = this.#look();
    const offset = this.#steadyOffset();
    if (mark !== undefined) return this.#wall("ntp", offset);
    if (this.#options.trust === "ntp" || !isReal || this.#held?.source === "collector") return undefined;
    const isBehind = this.#clock.monotonic() + offset < this.#options.newestSeal;
    return isBehind && this.#held === undefined ? undefined : this.#wall("system", offset);
  }

  #wall(source: ClockSource, offset: number): Vouched | undefined {
    return this.#clock.monotonic() + offset < this.#options.builtAt ? undefined : { offset, source, error: 0 };
  }

  #wallOffset(): number {
    return this.#clock.wall() - this.#clock.monotonic();
  }

  /** The offset of the wall clock as if the steps that nobody vouched for had not been. */
  #steadyOffset(): number {
    const offset = this.#wallOffset();
    const moved = offset - (this.#seen ?? offset);
    this.#seen = offset;
    if (this.#held !== undefined && Math.abs(moved) > STEP) this.#bareStep += moved;
    return offset - this.#bareStep;
  }

  #look(): { readonly mark: number | undefined; readonly isReal: boolean } {
    const { root } = this.#options;
    const at = this.#clock.monotonic();
    const before = this.#evidence;
    if (before !== undefined && at - before.at < LOOK_EVERY) return before;
    const evidence = { at, mark: ntpMark(root), isReal: hasRealClock(root) };
    if (evidence.mark !== undefined && evidence.mark !== before?.mark) this.#vouchForSteps();
    this.#evidence = evidence;
    return evidence;
  }

  /** NTP synchronised just now: every step up to here was right. */
  #vouchForSteps(): void {
    this.#seen = this.#wallOffset();
    this.#bareStep = 0;
  }
}
