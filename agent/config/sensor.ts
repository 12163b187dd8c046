/**
 * sensor: one entry of `sensors`: the keys every sensor has, and beside them the driver's own.
 *
 * The driver is imported only when a config names it. Its keys are checked by its own schema, so an error
 * inside them names the key; a key that neither side knows is compared with both.
 */
import { z } from "zod";
import {
  bug,
  type Checked,
  checkValue,
  didYouMean,
  epochMicros,
  isFault,
  micros,
  name,
  objectKeys,
  type Problem,
  unknownKey,
} from "../../protocol/index.ts";
import type { ChannelSpec, Driver, DriverContext, DriverKind } from "../sensors/contract.ts";
import { readChannels } from "./channel.ts";
import type { DriverTable } from "./own-drivers.ts";
import { offset, pace, paceProblems, type WrittenSensor } from "./pace.ts";

type Written = Readonly<Record<string, unknown>>;

const SHARED = z.object({
  name: name(),
  driver: z.string("expected the name of a driver"),
  every: pace().optional(),
  offset: offset().optional(),
  stamp: z.enum(["grid", "exact"]).default("grid"),
  channels: z.record(z.string(), z.unknown()).optional(),
});

/** @param drivers that a config may name, known by the time a sensor is read. */
export function sensorEntry(drivers: () => DriverTable) {
  return z.unknown().transform(async (written, context): Promise<WrittenSensor> => {
    const read = await readSensor(written, drivers());
    if (read.problems === undefined) return read.value;
    for (const { path, message } of read.problems) context.addIssue({ code: "custom", path: [...path], message });
    return z.NEVER;
  });
}

async function readSensor(written: unknown, drivers: DriverTable): Promise<Checked<WrittenSensor>> {
  const shared = await checkValue(sharedKeys(drivers), written);
  if (!isMap(written)) return shared.problems === undefined ? bug("a sensor that is no map was accepted") : shared;
  const problems = [...(shared.problems ?? [])];
  const read = written.every === undefined ? undefined : (await pace().safeParseAsync(written.every)).data;
  const every = read?.every;

  const driver = await driverNamed(written.driver, drivers);
  if (driver === undefined) return { problems };
  const own = await readOwn(driver, written);
  if (own.problems !== undefined) return { problems: [...problems, ...own.problems] };

  const made = shapeOf(driver, own.value);
  if (made.problems !== undefined) return { problems: [...problems, ...made.problems] };
  const { specs, shape } = made.value;
  const offered = await readChannels(specs, isMap(written.channels) ? written.channels : undefined, every);
  problems.push(...(offered.problems ?? []));
  if (written.every === undefined || read !== undefined)
    problems.push(...paceProblems(driver.name, shape, read ?? {}, offset().safeParse(written.offset).data));
  if (shared.problems !== undefined || offered.problems !== undefined || problems.length > 0) return { problems };

  const { name, offset: behind } = shared.value;
  const stamp = shape === "stream" ? "exact" : shared.value.stamp; // what sets its own pace is on nobody's grid
  const when = { ...read, ...(behind !== undefined && { offset: behind }) };
  return { value: { name, driver, options: own.value, ...when, stamp, ...offered.value, written: JSON.stringify(written) } };
}

function sharedKeys(drivers: DriverTable) {
  const names = Object.keys(drivers);
  return SHARED.extend({
    driver: z.string(`expected one of ${names.join(", ")}`).refine((text) => Object.hasOwn(drivers, text), {
      error: ({ input }) => `unknown driver${didYouMean(String(input), names) || `; there is ${names.join(", ")}`}`,
    }),
  });
}

async function driverNamed(name: unknown, drivers: DriverTable): Promise<DriverKind | undefined> {
  return typeof name === "string" && Object.hasOwn(drivers, name) ? drivers[name]?.() : undefined;
}

/** The driver's own keys: everything that is not shared. */
async function readOwn(driver: DriverKind, written: Written): Promise<Checked<unknown>> {
  const sharedKeys = Object.keys(SHARED.shape);
  const ownKeys = objectKeys(driver.config);
  const own = Object.entries(written).filter(([key]) => !sharedKeys.includes(key));
  const strangers = own.filter(([key]) => ownKeys !== undefined && !ownKeys.includes(key));
  const problems: Problem[] = strangers.map(([key]) => ({ path: [key], message: unknownKey(key, [...sharedKeys, ...(ownKeys ?? [])]) }));
  const checked = await checkValue(driver.config, Object.fromEntries(own.filter((entry) => !strangers.includes(entry))));
  return problems.length === 0 ? checked : { problems: [...problems, ...(checked.problems ?? [])] };
}

/** What a driver offers and which kind it is; neither does I/O, so both may be asked while a config is read. */
function shapeOf(driver: DriverKind, options: unknown): Checked<{ specs: readonly ChannelSpec[]; shape: Driver["shape"] }> {
  try {
    return { value: { specs: driver.channels(options), shape: driver.create(options, NOWHERE).shape } };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { problems: [{ path: ["driver"], message: error.message }] };
  }
}

const NOWHERE: DriverContext = {
  sensor: "check",
  root: "/",
  wall: () => epochMicros(0),
  monotonic: () => micros(0),
  shared: (_key, make) => make(),
  pause: () => bug("a driver waited while it was created"),
  log: { debug() {}, info() {}, warn() {}, error() {} },
};

function isMap(value: unknown): value is Written {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
