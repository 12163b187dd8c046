/**
 * held: a driver of the user's own, held to the contract: whatever it gives that is not what the contract says is a
 * fault that tells what was expected, and never reaches the sampler.
 */
import { z } from "zod";
import { Fault, LIMITS, name, QUALITIES, SERIES_KINDS } from "../../../protocol/index.ts";
import type { Burst, ChannelSpec, Driver, DriverContext, DriverKind, StreamDriver } from "../../sensors/contract.ts";

const CHANNELS = z
  .array(z.object({ name: name(), unit: z.string().regex(/^[!-~]{1,32}$/), kind: z.enum(SERIES_KINDS) }))
  .min(1)
  .max(LIMITS.channelsPerFrame);

const REASON = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/);
const PLAIN = z.custom<number | string>((given) => typeof given === "number" || typeof given === "string"); // NaN is counted later
const VALUE = z.union([PLAIN, z.object({ value: PLAIN, quality: z.enum(QUALITIES), reason: REASON })], {
  error: ({ input }) => `expected a number, the name of a state, or { value, quality, reason }, got ${shown(input)}`,
});
const INSTANT = z.number().int().positive();
const SAMPLE = z.object({ at: INSTANT.optional(), arrived: INSTANT.optional(), values: z.record(z.string(), VALUE) });
const BURST = z.object({
  samples: z.array(SAMPLE.refine(({ at, arrived }) => at !== undefined || arrived !== undefined, "expected at or arrived")).max(1_000),
  cursor: z.unknown().optional(),
  skipped: z.record(REASON, z.number().int().nonnegative()).optional(),
});

const FUNCTION = z.custom((given) => typeof given === "function", "expected a function");
const ALWAYS = { bus: z.string("expected a text").min(1).max(200), open: FUNCTION, close: FUNCTION };
const DRIVER = z.discriminatedUnion("shape", [
  z.object({ shape: z.literal("polled"), ...ALWAYS, read: FUNCTION }),
  z.object({
    shape: z.literal("stream"),
    ...ALWAYS,
    pace: z.enum(["drawn", "live"]).optional(),
    next: FUNCTION,
    rest: FUNCTION.optional(),
  }),
]);

/** @param version tells this state of its file from another. */
export function held(kind: DriverKind, version: string): DriverKind {
  const { name, config } = kind;
  return {
    name,
    version,
    config,
    channels: (options) =>
      checked(
        CHANNELS,
        attempt(name, "channels", () => kind.channels(options)),
        `${name}: channels`,
      ) as ChannelSpec[],
    create: (options, context) => heldDriver(kind, options, context),
  };
}

function heldDriver(kind: DriverKind, options: unknown, context: DriverContext): Driver {
  const driver = attempt(kind.name, "create", () => kind.create(options, context));
  checked(DRIVER, driver, `${kind.name}: create`);
  const close = async () => void (await driver.close());
  if (driver.shape === "polled") {
    const read = async (signal: AbortSignal) => checked(SAMPLE, await driver.read(signal), `${context.sensor}: read`) as never;
    return { shape: "polled", bus: driver.bus, open: async () => void (await driver.open()), read, close };
  }
  return { ...heldStream(driver, context.sensor), close };
}

function heldStream(driver: StreamDriver, sensor: string): Omit<StreamDriver, "close"> {
  const { pace = "live", bus } = driver;
  const burstOf = (given: Burst | undefined, call: string) =>
    given === undefined ? undefined : (checked(BURST, given, `${sensor}: ${call}`) as Burst);
  return {
    shape: "stream",
    pace,
    bus,
    open: async (cursor) => void (await driver.open(cursor)),
    next: async (signal) => burstOf(await driver.next(signal), "next"),
    rest: () =>
      burstOf(
        attempt(sensor, "rest", () => driver.rest?.()),
        "rest",
      ),
  };
}

/** @throws Fault `driver_bug`. */
function attempt<T>(driver: string, call: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Fault) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new Fault("driver_bug", `${driver}: expected ${call} to return, it threw: ${said}`, { cause: error });
  }
}

/** The beginning of something for a message; what cannot be written as JSON is named by its type. */
function shown(given: unknown): string {
  try {
    return (JSON.stringify(given) ?? typeof given).slice(0, 60);
  } catch {
    return typeof given; // a circle, or a bigint
  }
}

/** The value as it is. @throws Fault `driver_bug`. */
function checked<T>(schema: z.ZodType, given: T, what: string): T {
  const result = schema.safeParse(given);
  if (result.success) return given;
  const [issue] = result.error.issues;
  const place = issue?.path.join(".") ?? "";
  throw new Fault("driver_bug", `${what}${place === "" ? "" : ` ${place}`}: ${issue?.message ?? "not as the contract says"}`, {
    hint: "compare the driver's file with the section on drivers of your own in agent/sensors/README.md",
  });
}
