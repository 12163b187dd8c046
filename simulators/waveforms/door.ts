/**
 * door: 1 while it is open, else 0; about `opensPerDay` times a day, between `from` and `to` after UTC midnight.
 *
 * The hours it is used are cut into as many slots; in three of four slots it opens once, for at most `longest`.
 */
import { MICROS_PER_DAY } from "../../protocol/index.ts";
import { seedFor, uniform } from "./hashed.ts";
import type { Waveform } from "./waveform.ts";

export interface DoorOptions {
  readonly seed: number;
  readonly opensPerDay: number;
  readonly from: number;
  readonly to: number;
  /** Less than a slot. */
  readonly longest: number;
}

export function door({ seed, opensPerDay, from, to, longest }: DoorOptions): Waveform {
  const [chance, start, length] = [seedFor(seed, "chance"), seedFor(seed, "start"), seedFor(seed, "length")];
  const slots = Math.ceil((opensPerDay * 4) / 3);
  const width = (to - from) / slots;
  return (at) => {
    const day = Math.floor(at / MICROS_PER_DAY);
    const slot = Math.floor((at - day * MICROS_PER_DAY - from) / width);
    const index = day * slots + slot;
    if (slot < 0 || slot >= slots || uniform(chance, index) >= 0.75) return 0;
    const open = longest * uniform(length, index);
    const opened = day * MICROS_PER_DAY + from + slot * width + (width - open) * uniform(start, index);
    return at >= opened && at < opened + open ? 1 : 0;
  };
}
