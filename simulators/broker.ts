/**
 * broker: a made-up device's connection to an MQTT broker, as plain devices have it: MQTT 3.1.1, QoS 0, a last will.
 *
 * A broker that is not there at the start is a Fault; one that goes away later is waited for, and what is published
 * meanwhile is lost, as it is with such devices.
 */
import { z } from "zod";
import { Fault } from "../protocol/index.ts";

export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain?: boolean;
}

export interface Broker {
  /** False where nobody is connected: it is lost. */
  publish(publication: Publication): Promise<boolean>;
  /** Calls back for each message on a topic. */
  listen(topic: string, heard: (topic: string, payload: string) => void): Promise<void>;
  close(): Promise<void>;
}

export function brokerUrl() {
  return z.url({
    protocol: /^(mqtts?|wss?)$/,
    error: ({ input }) => `expected the URL of a broker like mqtt://127.0.0.1:1883, got ${JSON.stringify(input)}`,
  });
}

/**
 * @param will said by the broker, should the connection break.
 * @param returned called each time it is there again.
 * @throws Fault `broker_unreachable`.
 */
export async function connectBroker(url: string, will?: Publication, returned = () => {}): Promise<Broker> {
  const { connectAsync } = await import("mqtt");
  const options = { reconnectPeriod: 1_000, connectTimeout: 10_000, protocolVersion: 4, queueQoSZero: false } as const;
  const last =
    will === undefined
      ? {}
      : { will: { topic: will.topic, payload: Buffer.from(will.payload), retain: will.retain === true, qos: 0 as const } };
  const client = await connectAsync(url, { ...options, ...last }, false).catch((error) => {
    const { protocol, host } = new URL(url);
    throw new Fault("broker_unreachable", `--broker ${protocol}//${host}: expected an MQTT broker, got ${error.code ?? error.message}`, {
      hint: "start one (mosquitto -p 1883, or a collector), or name the one there is: --broker mqtt://HOST:1883",
      cause: error,
    });
  });
  client.on("error", () => {}); // it connects again by itself
  client.on("connect", returned);
  return {
    async publish({ topic, payload, retain = false }) {
      if (!client.connected) return false;
      const sent = client.publishAsync(topic, payload, { qos: 0, retain });
      return sent.then(
        () => true,
        () => false, // the connection broke meanwhile
      );
    },
    async listen(topic, heard) {
      client.on("message", (came, payload) => heard(came, payload.toString("utf8")));
      await client.subscribeAsync(topic, { qos: 0 });
    },
    close: () => client.endAsync(),
  };
}
