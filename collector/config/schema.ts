/**
 * schema: the collector's YAML file, key by key; every key may be left out. What comes out is `CollectorConfig`.
 *
 * As strict as the agent's. Relative paths are meant from the folder of the file.
 */
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { DEFAULT_PREFIX, machineZone, seriesPattern, timeZone, topicPrefix } from "../../protocol/index.ts";
import { STORES } from "../stores/registry.ts";
import { broker, brokerPlace } from "./broker.ts";
import type { CollectorConfig, RangeRule } from "./config.ts";
import { isLoopback, listen } from "./listen.ts";
import { reportList, withZone } from "./reports.ts";

/** What the config means depends on this much of the machine and the command line. */
export interface Surroundings {
  /** undefined = there is no file: paths are meant from the working directory. */
  readonly file: string | undefined;
  /** `--data DIR` of the command line: wins over the file, and is meant from the working directory. */
  readonly data: string | undefined;
  /** `/run/tributary` where the service's installer made it. */
  readonly runtimeFolder: string | undefined;
  /** Where the service keeps its data, as systemd says it; undefined where this is no service. */
  readonly stateFolder?: string | undefined;
}

const PATH = z.string("expected a path").min(1, "expected a path");
const OPEN_HTTP =
  "expected an address of this machine like 127.0.0.1:8480; to let your own network ask, with tokens, add " +
  '"http_from: private" (HTTP here has NO ENCRYPTION: a token can be read by who listens on the way)';
const BOTH_BROKERS = "expected no address beside `broker`, which says that MQTT is elsewhere: take one of the two away";
const LONGEST_SOCKET_PATH = 107; // `sun_path` of Linux has 108 bytes, the last is 0

const RULE = z
  .strictObject({
    series: seriesPattern(),
    range: z.strictObject({ min: z.number().optional(), max: z.number().optional() }),
  })
  .transform(({ series, range: { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } }, context): RangeRule => {
    const refuse = (message: string) => context.addIssue({ code: "custom", path: ["range"], message });
    if (min > max) refuse("expected min to be at most max");
    if (min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY) refuse("expected min, max or both");
    return { series, range: { min, max } };
  });

export function collectorSchema({ file, data, runtimeFolder, stateFolder }: Surroundings): z.ZodType<CollectorConfig> {
  const folder = file === undefined ? resolve() : dirname(resolve(file));
  const shape = z.strictObject({
    listen: listen().prefault({}),
    broker: broker(folder).optional(),
    http_from: z.enum(["loopback", "private", "all"]).default("loopback"),
    http_without_token: z.enum(["nobody", "loopback"]).default("nobody"),
    data: PATH.default(stateFolder ?? "tributary-data"),
    time_zone: timeZone().optional(),
    control: PATH.optional(),
    prefix: topicPrefix().default(DEFAULT_PREFIX),
    store: z.strictObject({ kind: z.enum(Object.keys(STORES)).default("sqlite") }).prefault({}),
    rules: z.array(RULE).max(1_000).default([]),
    reports: reportList(folder).default([]),
  });
  return shape.transform((written, context): CollectorConfig => {
    const { prefix, store, rules, time_zone: zone = machineZone() } = written;
    const listen = { http: written.listen.http };
    if (written.broker !== undefined && written.listen.mqtt !== undefined) {
      context.addIssue({ code: "custom", path: ["listen", "mqtt"], message: BOTH_BROKERS });
    }
    const http = { from: written.http_from, withoutToken: written.http_without_token };
    if (http.from === "loopback" && !isLoopback(listen.http.host)) {
      context.addIssue({ code: "custom", path: ["listen", "http"], message: OPEN_HTTP });
    }
    const kept = data === undefined ? resolve(folder, written.data) : resolve(data);
    const control = written.control === undefined ? join(runtimeFolder ?? kept, "collector.sock") : resolve(folder, written.control);
    if (Buffer.byteLength(control) > LONGEST_SOCKET_PATH) {
      const message = `the control socket ${control} is longer than the ${LONGEST_SOCKET_PATH} bytes a socket's path may have; set control to a shorter path`;
      context.addIssue({ code: "custom", path: ["control"], message });
    }
    return {
      file,
      broker: brokerPlace(written.broker, written.listen.mqtt),
      listen,
      http,
      data: kept,
      timeZone: zone,
      control,
      prefix,
      store,
      rules,
      reports: withZone(written.reports, zone),
    };
  });
}
