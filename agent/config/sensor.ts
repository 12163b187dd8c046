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
  name,
  objectKeys,
  type Problem,
  unknownKey,
} from "../../protocol/index.ts";
import type { DriverContext, DriverKind } from "../sensors/contract.ts";
import { DRIVERS } from "../sensors/registry.ts";
import { readChannels } from "./channel.ts";
import { offset, pace, paceProblems, type WrittenPace, type WrittenSensor } from "./pace.ts";

type Written = Readonly<Record<string, unknown>>;

const SHARED = z.object({
  name: name(),
  driver: z.string(`expected one of ${Object.keys(DRIVERS).join(", ")}`).refine((text) => Object.hasOwn(DRIVERS, text), {
    error: ({ input }) =>
      `unknown driver${didYouMean(String(input), Object.keys(DRIVERS)) || `; there is ${Object.keys(DRIVERS).join(", ")}`}`,
  }),
  every: pace().optional(),
  offset: offset().optional(),
  stamp: z.enum(["grid", "exact"]).default("grid"),
  channels: z.record(z.string(), z.unknown()).optional(),
});

export function sensorEntry() {
  return z.unknown().transform(async (written, context): Promise<WrittenSensor> => {
    const read = await readSensor(written);
    if (read.problems === undefined) return read.value;
    for (const { path, message } of read.problems) context.addIssue({ code: "custom", path: [...path], message });
    return z.NEVER;
  });
}

async function readSensor(written: unknown): Promise<Checked<WrittenSensor>> {
  const shared = await checkValue(SHARED, written);
  if (!isMap(written)) return shared.problems === undefined ? bug("a sensor that is no map was accepted") : shared;
  const problems = [...(shared.problems ?? [])];
  const read = written.every === undefined ? undefined : (await pace().safeParseAsync(written.every)).data;
  const every = read?.every;

  const driver = await driverNamed(written.driver);
  if (driver === undefined) return { problems };
  const own = await readOwn(driver, written);
  if (own.problems !== undefined) return { problems: [...problems, ...own.problems] };

  const offered = await readChannels(driver.channels(own.value), isMap(written.channels) ? written.channels : undefined, every);
  problems.push(...(offered.problems ?? []), ...(await drivenProblems(driver, own.value, written, read)));
  if (shared.problems !== undefined || offered.problems !== undefined || problems.length > 0) return { problems };

  const { name, stamp, offset } = shared.value;
  const when = { ...read, ...(offset !== undefined && { offset }) };
  const entry = { name, driver, options: own.value, ...when, stamp, channels: offered.value };
  return { value: { ...entry, written: JSON.stringify(written) } };
}

async function driverNamed(name: unknown): Promise<DriverKind | undefined> {
  return typeof name === "string" && Object.hasOwn(DRIVERS, name) ? DRIVERS[name]?.() : undefined;
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

/** What holds of the sensor's times for this driver; `create` does no I/O, so it may be asked which shape it is. */
async function drivenProblems(
  driver: DriverKind,
  options: unknown,
  written: Written,
  read: WrittenPace | undefined,
): Promise<readonly Problem[]> {
  if (written.every !== undefined && read === undefined) return []; // that is said already
  try {
    const { shape } = driver.create(options, NOWHERE);
    return paceProblems(driver.name, shape, read ?? {}, offset().safeParse(written.offset).data);
  } catch (error) {
    if (!isFault(error)) throw error;
    return [{ path: ["driver"], message: error.message }];
  }
}

const NOWHERE: DriverContext = {
  sensor: "check",
  root: "/",
  wall: () => epochMicros(0),
  pause: () => bug("a driver waited while it was created"),
  log: { debug() {}, info() {}, warn() {}, error() {} },
};

function isMap(value: unknown): value is Written {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
