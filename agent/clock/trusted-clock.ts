/**
 * trusted-clock: whether, and by how much, the wall clock of this boot may be believed.
 *
 * Sealing gives readings their final instants, so it waits for an offset (wall - monotonic) that somebody
 * vouches for:
 *
 *   system     an RTC or a hypervisor clock, where it is past the build date and not behind what the spool saw
 *   ntp        systemd-timesyncd says that the clock is synchronised
 *   collector  the time in a hello-ack, where its error (half the round trip) is under 2 s and the collector
 *              trusts its own clock
 *
 * A trusted offset is held until it is off by more than `STEP`, so that jitter of the wall clock does not count
 * as the clock going back. A bare step of the wall clock changes nothing unless its source vouches for it.
 */
import { type Clock, clockEvidence, type EpochMicros, type Micros } from "../../protocol/index.ts";
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
  /** An instant before which no right clock can be: the build of this program, or what the spool saw last. */
  readonly notBefore: EpochMicros;
}

/** Microseconds: less than this is jitter of reading two clocks, and slewing. */
const STEP = 250_000;
/** Half the round trip of the hello, above which its time is not precise enough. */
const WORST_COLLECTOR_ERROR = 2_000_000;
/** After so long in a boot without a vouched clock, a collector that is unsure itself is better than nothing. */
const PATIENCE = 600_000_000;

export class TrustedClock {
  readonly #clock: Clock;
  readonly #options: TrustOptions;
  #held: { offset: number; source: ClockSource } | undefined;
  #collector: { readonly offset: number } | undefined;
  #unsure: number | undefined;

  constructor(clock: Clock, options: TrustOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Asks the sources again; cheap enough for every commit and seal. */
  report(): ClockReport {
    const fresh = this.#freshest();
    if (fresh !== undefined && (this.#held === undefined || Math.abs(fresh.offset - this.#held.offset) > STEP)) this.#held = fresh;
    return { source: this.#held?.source ?? "none", offset: this.#held?.offset };
  }

  trustedOffset(): number | undefined {
    return this.report().offset;
  }

  /** The time of a hello-ack; `roundTrip` in microseconds. */
  hearCollector(time: EpochMicros, timeTrusted: boolean, roundTrip: number): void {
    const offset = Math.round(time + roundTrip / 2 - this.#clock.monotonic());
    if (timeTrusted && roundTrip / 2 <= WORST_COLLECTOR_ERROR) this.#collector = { offset };
    else this.#unsure = offset;
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

  #freshest(): { offset: number; source: ClockSource } | undefined {
    const { trust, root, notBefore } = this.#options;
    const wall = this.#clock.wall();
    if (trust !== "collector" && wall >= notBefore) {
      const source = trust === "system" ? "system" : clockEvidence(root);
      if (source === "ntp" || (source === "system" && trust !== "ntp")) return { offset: wall - this.#clock.monotonic(), source };
    }
    const isAsked = trust === "auto" || trust === "collector";
    return isAsked && this.#collector !== undefined ? { ...this.#collector, source: "collector" } : undefined;
  }
}
