/**
 * out_of_order: a reading that comes after 1 to `by` later ones.
 */
import { z } from "zod";
import { uniform } from "../waveforms/index.ts";
import type { FaultKind } from "./fault.ts";

/** What waits is looked back for, so it is bounded. */
export const MOST_LATE = 50;

const BY = `expected 1 to ${MOST_LATE} readings`;

export const outOfOrder: FaultKind<{ readonly by: number }> = {
  name: "out_of_order",
  about: "a reading comes after later ones (by: 5 at most)",
  of: "told",
  own: { by: z.int(BY).min(1, BY).max(MOST_LATE, BY).default(5) },
  create({ by }, { occasions, seed }) {
    const happens = occasions();
    return (telling) => {
      if (happens.at(telling.trueAt) === undefined) return;
      telling.lateBy = Math.min(MOST_LATE, telling.lateBy + 1 + Math.floor(uniform(seed, telling.trueAt) * by));
      telling.faults.push("out_of_order");
    };
  },
};
