/**
 * collector: can the collector be reached?
 *
 * Where the running agent is connected, that is the answer. Else one CONNECT under a name made for it, with a clean
 * session, no will and no subscription: a second client under the agent's own name would throw the agent out.
 */
import { connect } from "mqtt";
import { type Check, green, isFault, type Judgement, MICROS_PER_SECOND, micros, red, toHex, yellow } from "../../protocol/index.ts";
import type { UplinkStatus } from "../uplink/uplink-status.ts";
import type { Patient } from "./patient.ts";

const LIMIT = micros(10 * MICROS_PER_SECOND);

export const collector: Check<Patient> = {
  name: "collector",
  limit: LIMIT,
  async examine({ config, environment, running }, signal) {
    const status = await running;
    if (!isFault(status) && status.uplink.phase === "open") return [judgeUplink(status.uplink)];
    const name = `doctor-${toHex(environment.random.bytes(8))}`;
    const answer = await probe(config.collector.url, name, signal);
    if (isFault(status) || status.uplink.trouble === undefined) return [answer];
    return [answer, judgeTrouble(status.uplink)];
  },
};

/** Most troubles pass by themselves; that another one has the name does not. */
function judgeTrouble({ trouble, remedy, isRefused, hasNamesake }: UplinkStatus): Judgement {
  if (isRefused || hasNamesake) return red(`${trouble}`, remedy);
  return yellow(
    `the running agent is not connected: ${trouble}`,
    "its readings wait in the spool; tributary-agent top shows when it tries again",
  );
}

function judgeUplink({ url, lastAckAgoMs, inFlight, refusal, remedy, hasNamesake }: UplinkStatus): Judgement {
  const ack = lastAckAgoMs === undefined ? "no ack in this run" : `last ack ${(lastAckAgoMs / 1_000).toFixed(0)} s ago`;
  if (hasNamesake) return red(`connected to ${url}, ${ack}; ${refusal}`, remedy);
  if (refusal !== undefined)
    return yellow(`connected to ${url}, ${ack}; ${refusal}`, "on the collector's machine: tributary-collector doctor");
  return green(`connected to ${url}, ${ack}, ${inFlight} batches in flight`);
}

/** One connection that is ended at once. */
function probe(url: string, name: string, signal: AbortSignal): Promise<Judgement> {
  const client = connect(url, { clientId: name, clean: true, reconnectPeriod: 0, connectTimeout: (2 * LIMIT) / 1_000 });
  return new Promise<Judgement>((resolve) => {
    signal.addEventListener("abort", () => resolve(red(`${url}: no answer`, undefined)), { once: true });
    client.once("connect", () => resolve(green(`${url}: an MQTT broker answers, and lets us in`)));
    client.on("error", (error) => resolve(judgeError(url, error)));
    client.once("close", () =>
      resolve(red(`${url}: the connection was closed before the broker answered`, "is this the MQTT port of the collector?")),
    );
  }).finally(() => client.end(true));
}

/** Return codes of CONNACK: MQTT 3.1.1, 3.2.2.3. */
const IDENTIFIER_REJECTED = 2;

function judgeError(url: string, error: Error & { readonly code?: unknown }): Judgement {
  const { code } = error;
  if (code === IDENTIFIER_REJECTED) return green(`${url}: an MQTT broker answers; it lets in names that it knows alone`);
  if (typeof code === "number")
    return yellow(
      `${url}: an MQTT broker answers, and refuses the doctor: ${error.message}`,
      "if it refuses the agent too: tributary-agent status",
    );
  const { host } = new URL(url);
  const remedy = REMEDIES[String(code)] ?? `is the way free? nc -vz ${host.replace(/:(\d+)$/, " $1")}`;
  return red(`${url}: ${WORDS[String(code)] ?? error.message}`, remedy.replaceAll("HOST", new URL(url).hostname));
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the machine is there, and nobody listens at that port",
  ENOTFOUND: "no machine is known by that name",
  EAI_AGAIN: "no name server answers",
  ENETUNREACH: "no way to that network",
  EHOSTUNREACH: "that machine does not answer",
  ETIMEDOUT: "that machine does not answer",
};

const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "start the collector there: tributary-collector run; and let it listen for others in `listen: { mqtt: ... }`",
  ENOTFOUND: "getent hosts HOST; correct `collector:` in the config, or write its IP address",
  EAI_AGAIN: "is the network up? ip addr; resolvectl status",
  ENETUNREACH: "is the network up? ip addr; ip route",
  EHOSTUNREACH: "is it on, and on this network? ping HOST",
  ETIMEDOUT: "is it on, and its firewall open? ping HOST",
};
