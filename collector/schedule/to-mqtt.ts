/**
 * to-mqtt: a report as one message at QoS 1, to any broker; delivered at its PUBACK.
 *
 * MQTT knows no key of a message: a subscriber may get a report twice where the PUBACK was lost.
 */
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { Fault, MICROS_PER_MS, showDuration, toHex } from "../../protocol/index.ts";
import type { ReportDestination } from "../config/config.ts";
import { type Deliver, inTime, wholeOf } from "./delivery.ts";
import { readText } from "./read-text.ts";

type Mqtt = Extract<ReportDestination, { kind: "mqtt" }>;

export function toMqtt(to: Mqtt): Deliver {
  const { broker, topic, timeout } = to;
  return async (delivery, context) => {
    const body = await wholeOf(delivery);
    const options: IClientOptions = {
      clientId: `tributary-report-${toHex(context.random.bytes(4))}`,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: (2 * timeout) / MICROS_PER_MS, // ours comes first
      ...(to.user !== undefined && { username: to.user }),
      ...(to.passwordFile !== undefined && { password: (await readText(to.passwordFile)).trim() }),
    };
    const late = () =>
      new Fault("no_answer", `${broker}: expected the broker to take the report within ${showDuration(timeout)}`, {
        retry: true,
        hint: HINT,
      });
    await inTime(context, timeout, (signal) => publish(broker, topic, body, options, signal), late);
  };
}

const HINT = "is the broker running, and the address right? The report is kept and tried again";

async function publish(broker: string, topic: string, body: Buffer, options: IClientOptions, signal: AbortSignal): Promise<void> {
  const client = await connectAsync(broker, options, false).catch((error: unknown) => {
    throw connectFault(broker, error);
  });
  const stop = () => client.end(true);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    await Promise.race([client.publishAsync(topic, body, { qos: 1 }), closed(client)]);
  } catch (error) {
    throw connectFault(broker, error);
  } finally {
    signal.removeEventListener("abort", stop);
    client.end(true);
  }
}

function closed(client: MqttClient): Promise<never> {
  return new Promise((_, reject) => {
    client.on("error", () => undefined); // one that nobody listens for would end the process
    client.once("close", () => reject(new Error("the connection ended")));
  });
}

/** A numeric code is the broker's return code: it refused us, and asking again will not help. */
function connectFault(broker: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ("code" in error && typeof error.code === "number") {
    return new Fault("report_refused", `${broker}: expected to be let in, got "${error.message}"`, {
      hint: "give the right user and password_file; then restart the collector, which tries it again",
      cause: error,
    });
  }
  const got = error.message || ("code" in error ? String(error.code) : "nothing");
  return new Fault("receiver_unreachable", `${broker}: expected a broker, got ${got}`, { retry: true, hint: HINT, cause: error });
}
