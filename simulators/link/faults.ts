/**
 * faults: what can be wrong with a link, and what several of them come to together.
 *
 * A fault holds for a while: for the whole link, or for one connection. `cut` and `reset` also strike at their beginning:
 * what is open then ends.
 */
import { z } from "zod";
import { duration, type Micros, micros, size } from "../../protocol/index.ts";

/** One line each for `--help`; the README has more. */
export const FAULTS = {
  latency: "every byte comes later, by `latency` and up to `jitter` more, in order",
  throttle: "at most `rate` bytes a second pass, each way",
  stall: "nothing passes for a while, then all of it: a network that was gone and came back",
  black_hole: "open connections go dead without a FIN, new ones are accepted and hear nothing: half-open",
  one_byte: "every byte is a segment of its own",
  cut: "open connections are ended (FIN), new ones at once",
  reset: "open connections are reset (RST), new ones at once",
  refuse: "nobody listens: new connections are refused, open ones go on",
  double: "what the client of a new connection says reaches the target twice, over two connections",
} as const;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as [FaultName, ...FaultName[]];

const RATE_LEAST = "expected at least 1B a second";

/** The options of each fault, beside its name. */
const OPTIONS = {
  latency: { latency: duration(), jitter: duration().optional() },
  throttle: { rate: size().refine((bytes) => bytes >= 1, RATE_LEAST) },
};

/** The keys of a fault, with those of `more` beside them. */
export function faultSchema<Shape extends z.core.$ZodLooseShape>(more: Shape) {
  const plain = FAULT_NAMES.filter((name): name is Exclude<FaultName, keyof typeof OPTIONS> => !(name in OPTIONS));
  const [first, ...rest] = plain;
  if (first === undefined) throw new Error("BUG: no fault is without options");
  return z.discriminatedUnion("fault", [
    z.strictObject({ ...more, fault: z.literal("latency"), ...OPTIONS.latency }),
    z.strictObject({ ...more, fault: z.literal("throttle"), ...OPTIONS.throttle }),
    z.strictObject({ ...more, fault: z.enum([first, ...rest]) }),
  ]);
}

export type LinkFault =
  | { readonly fault: "latency"; readonly latency: Micros; readonly jitter?: Micros | undefined }
  | { readonly fault: "throttle"; readonly rate: number }
  | { readonly fault: Exclude<FaultName, "latency" | "throttle"> };

/** What a byte meets now. */
export interface Conditions {
  readonly latency: Micros;
  readonly jitter: Micros;
  /** Bytes a second, each way; Infinity = no bound. */
  readonly rate: number;
  readonly isStalled: boolean;
  readonly isHole: boolean;
  readonly isByByte: boolean;
}

/** Delays add up, and the lowest rate counts. */
export function conditionsOf(faults: Iterable<LinkFault>): Conditions {
  let [latency, jitter, rate] = [0, 0, Number.POSITIVE_INFINITY];
  const names = new Set<FaultName>();
  for (const fault of faults) {
    names.add(fault.fault);
    if (fault.fault === "latency") {
      latency += fault.latency;
      jitter += fault.jitter ?? 0;
    }
    if (fault.fault === "throttle") rate = Math.min(rate, fault.rate);
  }
  const [isStalled, isHole, isByByte] = [names.has("stall"), names.has("black_hole"), names.has("one_byte")];
  return { latency: micros(latency), jitter: micros(jitter), rate, isStalled, isHole, isByByte };
}
