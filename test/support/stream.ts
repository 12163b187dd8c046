/**
 * stream: draws from a stream driver until what was wanted has come; the test's own limit of time is the limit.
 */
import type { Burst, RawValue, Sample, StreamDriver } from "../../agent/sensors/contract.ts";

export interface Drawn {
  readonly samples: Sample[];
  readonly skipped: Record<string, number>;
}

export type Values = Readonly<Record<string, RawValue>>;

/** Draws into `drawn` until `isEnough`. */
export async function draw(driver: StreamDriver, isEnough: (drawn: Drawn) => boolean, drawn: Drawn = { samples: [], skipped: {} }) {
  const { signal } = new AbortController();
  while (!isEnough(drawn)) {
    const burst = (await driver.next(signal)) as Burst;
    drawn.samples.push(...burst.samples);
    for (const [reason, count] of Object.entries(burst.skipped ?? {})) drawn.skipped[reason] = (drawn.skipped[reason] ?? 0) + count;
  }
  return drawn;
}

/** The values of so many samples. */
export async function values(driver: StreamDriver, count: number): Promise<readonly Values[]> {
  const { samples } = await draw(driver, (drawn) => drawn.samples.length >= count);
  return samples.map((sample) => sample.values);
}
