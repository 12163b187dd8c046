/**
 * urgent: the bounds of a channel beyond which a reading does not wait for its batch.
 */
import { z } from "zod";
import { duration } from "../../protocol/index.ts";

/** In the unit of the channel as it is kept. */
export const URGENT = z
  .strictObject({
    above: z.number().optional(),
    below: z.number().optional(),
    /** While it lasts, or comes back, it is sent at once no more often than this. */
    repeat: duration().prefault("1m"),
  })
  .superRefine(({ above, below }, context) => {
    if (above === undefined && below === undefined)
      context.addIssue({ code: "custom", message: "expected above, below or both, like { above: 60 }" });
    if (above !== undefined && below !== undefined && below >= above)
      context.addIssue({ code: "custom", path: ["below"], message: `expected a number less than above (${above})` });
  });
