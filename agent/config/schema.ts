/**
 * schema: the agent's YAML file, key by key. Keys are snake_case as a person writes them; what comes out is `AgentConfig`.
 *
 * Strict everywhere: a key that is not here is refused with the nearest one that is. Relative paths are meant
 * from the folder of the file, so it means the same whoever starts the agent, and where.
 */
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import {
  DEFAULT_PREFIX,
  duration,
  isName,
  LIMITS,
  labelMap,
  MICROS_PER_MINUTE,
  MICROS_PER_MS,
  machineZone,
  micros,
  nearestName,
  type Problem,
  size,
  timeZone,
  topicPrefix,
} from "../../protocol/index.ts";
import { collectorAddress } from "./address.ts";
import { type AgentConfig, type SensorConfig, seriesCount } from "./config.ts";
import { settleDerived } from "./derived.ts";
import { loadDrivers } from "./own-drivers.ts";
import { withTimes } from "./pace.ts";
import { readSend, SEND } from "./send.ts";
import { sensorEntry } from "./sensor.ts";

/** What the config means depends on this much of the machine. */
export interface Surroundings {
  readonly file: string;
  readonly hostname: string;
  /** `/run/tributary` where the service's installer made it. */
  readonly runtimeFolder: string | undefined;
  /** Files that were read beside it, in their order. */
  readonly dropIns?: readonly string[];
}

const PATH = z.string("expected a path").min(1, "expected a path");
const SHORTEST = { least: micros(MICROS_PER_MS) };

/** Files with drivers of the user's own. */
const MOST_DRIVERS = 32;

/** Linux: `sun_path` of `sockaddr_un` has 108 bytes, the last is 0. */
const LONGEST_SOCKET_PATH = 107;

const SPOOL = z.strictObject({
  path: PATH.default("/var/lib/tributary/spool.db"),
  max_size: size()
    .refine((bytes) => bytes >= 1e6, "expected at least 1MB")
    .prefault("1GB"),
  keep_free: size().prefault("500MB"),
  when_full: z.enum(["drop_oldest"]).default("drop_oldest"),
  /** A kill costs at most this much of readings. */
  commit_every: duration({ ...SHORTEST, most: micros(MICROS_PER_MINUTE) }).prefault("1s"),
});

const CLOCK = z.strictObject({ trust: z.enum(["auto", "system", "ntp", "collector"]).default("auto") });

export function agentSchema({ file, hostname, runtimeFolder, dropIns = [] }: Surroundings): z.ZodType<AgentConfig> {
  const folder = dirname(resolve(file));
  const own = ownDrivers(folder);
  const shape = z.strictObject({
    agent: agentName(hostname),
    collector: collectorAddress(),
    labels: labelMap().default({}),
    spool: SPOOL.prefault({}),
    send: SEND.prefault({}),
    clock: CLOCK.prefault({}),
    control: PATH.optional(),
    root: PATH.default("/"),
    /** Whose clocks cron lines and windows mean. */
    time_zone: timeZone().optional(),
    prefix: topicPrefix().default(DEFAULT_PREFIX),
    drivers: own.key,
    sensors: z.array(sensorEntry(own.table)).min(1, "expected at least one sensor"),
  });
  return z.preprocess(own.load, shape).transform(async (written, context): Promise<AgentConfig> => {
    const { agent, collector, labels, clock, prefix } = written;
    const zone = () => written.time_zone ?? machineZone();
    const { sensors, problems } = settleDerived(await withTimes(written.sensors, zone));
    const { problems: sendProblems, ...send } = await readSend(written.send, zone);
    const spool = { ...written.spool, path: resolve(folder, written.spool.path) };
    const control =
      written.control === undefined ? join(runtimeFolder ?? dirname(spool.path), "agent.sock") : resolve(folder, written.control);
    const config: AgentConfig = {
      file,
      dropIns,
      agent,
      collector,
      labels,
      spool: {
        path: spool.path,
        maxSize: spool.max_size,
        keepFree: spool.keep_free,
        whenFull: spool.when_full,
        commitEvery: spool.commit_every,
      },
      send,
      clock,
      control,
      root: resolve(folder, written.root),
      prefix,
      sensors,
    };
    for (const { path, message, also } of [...problems, ...wholeProblems(config), ...below("send", sendProblems)])
      context.addIssue({ code: "custom", path: [...path], message, ...(also !== undefined && { params: { also } }) });
    return config;
  });
}

/** The key `drivers`, and the drivers there are once `load` has seen the whole config. */
function ownDrivers(folder: string) {
  let loaded: Awaited<ReturnType<typeof loadDrivers>> = { table: {}, problems: [] };
  return {
    table: () => loaded.table,
    async load(written: unknown) {
      const files = typeof written === "object" && written !== null && "drivers" in written ? written.drivers : [];
      loaded = await loadDrivers(files, folder);
      return written;
    },
    key: z
      .array(PATH)
      .max(MOST_DRIVERS)
      .default([])
      .superRefine((_, context) => {
        for (const { path, message } of loaded.problems) context.addIssue({ code: "custom", path: path.slice(1), message });
      }),
  };
}

/** `{hostname}` stands for the machine's name in lower case, so that one file serves many devices. */
function agentName(hostname: string) {
  return z.string('expected a name like "greenhouse-1"').transform((text, context): string => {
    const agent = text.replaceAll("{hostname}", hostname.toLowerCase());
    if (isName(agent)) return agent;
    const offer = nearestName(agent);
    const meaning = agent === text ? "" : `; here it means ${JSON.stringify(agent)}`;
    const advice = offer === "" ? "" : `; did you mean ${JSON.stringify(offer)}?`;
    context.addIssue({
      code: "custom",
      message: `expected a name like "greenhouse-1" (a-z, 0-9, "-", "_", at most 40)${meaning}${advice}`,
    });
    return z.NEVER;
  });
}

function below(key: string, problems: readonly Problem[]): readonly Problem[] {
  return problems.map(({ path, message }) => ({ path: [key, ...path], message }));
}

function wholeProblems(config: AgentConfig): readonly Problem[] {
  const problems = [...repeatedNames(config.sensors)];
  const series = seriesCount(config);
  if (series > LIMITS.seriesPerBatch) {
    problems.push({
      path: ["sensors"],
      message: `together they have ${series} channels, and an agent has at most ${LIMITS.seriesPerBatch}`,
    });
  }
  if (Buffer.byteLength(config.control) > LONGEST_SOCKET_PATH) {
    const message = `the control socket ${config.control} is longer than the ${LONGEST_SOCKET_PATH} bytes a socket's path may have; set control to a shorter path`;
    problems.push({ path: ["control"], message });
  }
  return problems;
}

function repeatedNames(sensors: readonly SensorConfig[]): readonly Problem[] {
  return sensors.flatMap(({ name }, index) => {
    const first = sensors.findIndex((sensor) => sensor.name === name);
    return first === index
      ? []
      : [{ path: ["sensors", index, "name"], message: "expected a name of its own", also: ["sensors", first, "name"] }];
  });
}
