/**
 * said-before: what a device says once more of an instant of its own is not taken once more.
 *
 * Devices repeat themselves, and devices say their quantities in turns under one timestamp: so channels are compared
 * one by one, with their values. Another value for the same instant is not judged here: it is taken as it comes.
 */
import { isDeepStrictEqual } from "node:util";
import type { Sample } from "../contract.ts";

export class SaidBefore {
  #at: number | undefined;
  /** Of that instant, all channels so far. */
  #values: Sample["values"] = {};

  /** The sample with those channels alone that were not said before; one without an instant as it is. */
  news(sample: Sample): Sample {
    const { at, values } = sample;
    if (at === undefined) return sample;
    const said = at === this.#at ? this.#values : {};
    this.#at = at;
    this.#values = { ...said, ...values };
    const news = Object.entries(values).filter(([channel, value]) => !isDeepStrictEqual(said[channel], value));
    return { ...sample, values: Object.fromEntries(news) };
  }
}
