/**
 * cut-off: what aedes says when it drops a client, as a fault with a stable code.
 */
import { Fault } from "../../../protocol/index.ts";

const UNACCEPTABLE_VERSION = 1; // CONNACK return code, MQTT 3.1.1, 3.2.2.3

/** undefined where it was no misbehaviour: a connection that broke, or a fault that was reported already. */
export function cutOffFault(error: Error & { code?: string; errorCode?: number }, from: string): Fault | undefined {
  if (error instanceof Fault || error.code !== undefined) return undefined;
  if (error.errorCode === UNACCEPTABLE_VERSION) {
    return new Fault("mqtt_version", `${from}: expected MQTT 3.1.1`, { hint: "set the client to protocol version 4 (3.1.1)" });
  }
  if (error.message === "keep alive timeout") {
    return new Fault("keepalive_timeout", `${from}: silent for one and a half times its keepalive`);
  }
  if (error.message === "drain timeout") {
    return new Fault("slow_reader", `${from}: did not read what it was sent for a minute`);
  }
  return new Fault("protocol_error", `${from}: ${error.message}`);
}
