/**
 * duplicate: a reading that comes again, `times` times, the same to the last digit.
 */
import { z } from "zod";
import type { FaultKind } from "./fault.ts";

const TIMES = "expected 1 to 10 times";

export const duplicate: FaultKind<{ readonly times: number }> = {
  name: "duplicate",
  about: "a reading comes again (times: 1)",
  of: "told",
  own: { times: z.int(TIMES).min(1, TIMES).max(10, TIMES).default(1) },
  create({ times }, { occasions }) {
    const happens = occasions();
    return (telling) => {
      if (happens.at(telling.trueAt) !== undefined) telling.copies += times;
    };
  },
};
