/**
 * check: says what a collector's config means, without starting or touching anything.
 */
import { isFault, type Variables } from "../../protocol/index.ts";
import type { BrokerPlace, ExternalPlace } from "../broker/contract.ts";
import { brokerSecrets } from "../broker/external/secrets.ts";
import type { CollectorConfig, Endpoint, RangeRule } from "../config/config.ts";
import { loadCollectorConfig } from "../config/load.ts";

interface CheckOptions {
  readonly config?: string;
  readonly data?: string;
  readonly json: boolean;
}

/** @returns 0, or with `json` 1 and the fault as JSON. @throws Fault of `loadCollectorConfig` and `brokerSecrets` otherwise. */
export async function checkCollector(
  { config: file, data, json }: CheckOptions,
  env: Variables,
  print: (text: string) => void,
): Promise<number> {
  try {
    const config = await loadCollectorConfig(file, env, data);
    if (config.broker.kind === "external") await brokerSecrets(config.broker); // a file that cannot be read is said now
    print(json ? `${JSON.stringify({ ok: true, ...overview(config) }, null, 2)}\n` : text(config));
    return 0;
  } catch (error) {
    if (!json || !isFault(error)) throw error;
    print(`${JSON.stringify({ ok: false, code: error.code, message: error.message, hint: error.hint }, null, 2)}\n`);
    return 1;
  }
}

/** In the words of the config file, everything filled in. */
function overview({ broker, listen, http, data, timeZone, control, prefix, store, rules, reports }: CollectorConfig): object {
  return {
    ...(broker.kind === "embedded"
      ? { listen: { mqtt: show(broker), http: show(listen.http) } }
      : { listen: { http: show(listen.http) }, broker: writtenBroker(broker) }),
    http_from: http.from,
    http_without_token: http.withoutToken,
    data,
    time_zone: timeZone,
    control,
    prefix,
    store,
    rules,
    reports: reports.map(({ name, cron, timeZone, report, series }) => ({ name, cron, time_zone: timeZone, report, series })),
  };
}

function text({ file, broker, listen, http, data, timeZone, control, store, rules, reports }: CollectorConfig): string {
  const lines = [
    `config     ${file ?? "none: every default"}`,
    `mqtt       ${showBroker(broker)}`,
    `http       http://${show(listen.http)} (from ${http.from}; without a token: ${http.withoutToken})`,
    `data       ${data} (${store.kind})`,
    `time zone  ${timeZone}`,
    `control    ${control}`,
    ...rules.map(({ series, range }) => `rule       ${series}: ${showRange(range)}`),
    ...reports.map(({ name, report, cron, timeZone, to }) => `report     ${name}: ${report} at "${cron}" ${timeZone}, to ${to.kind}`),
  ];
  return `${lines.join("\n")}\n`;
}

function writtenBroker({ url, user, passwordFile, caFile, clientId, role }: ExternalPlace): object {
  return { url, user, password_file: passwordFile, ca_file: caFile, client_id: clientId, role };
}

function showBroker(broker: BrokerPlace): string {
  if (broker.kind === "embedded") return show(broker);
  const { url, user, role } = broker;
  return `${url} (a broker elsewhere${user === undefined ? "" : `, as ${user}`}${role === "replica" ? "; a replica: it only listens" : ""})`;
}

function showRange({ min, max }: RangeRule["range"]): string {
  if (min === Number.NEGATIVE_INFINITY) return `at most ${max}`;
  return max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`;
}

function show({ host, port }: Endpoint): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
