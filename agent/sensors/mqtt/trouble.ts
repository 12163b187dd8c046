/**
 * trouble: what goes wrong between a sensor of the `mqtt` driver and its broker. All of it opens the sensor anew.
 */
import { Fault } from "../../../protocol/index.ts";

/** A numeric code is the broker's return code in CONNACK: it refused us. */
export function connectFault({ host }: URL, error: (Error & { code?: unknown }) | undefined): Fault {
  if (typeof error?.code === "number") {
    return new Fault("device_denied", `${host}: expected to be let in, got "${error.message}"`, {
      cause: error,
      hint: "check user and password_file",
    });
  }
  return new Fault("device_unreachable", `${host}: expected a broker, got ${error?.message || "a closed connection"}`, {
    cause: error,
    hint: "is the broker running, and the address in `broker` right? systemctl status mosquitto",
  });
}

export function noAnswer({ host }: URL): Fault {
  return new Fault("device_timeout", `${host}: expected an answer of the broker, got none in time`, {
    hint: "is this the port of a broker? mqtt:// is 1883, mqtts:// is 8883",
  });
}

export function lost({ host }: URL): Fault {
  return new Fault("device_unreachable", `${host}: expected the connection to the broker to stay, it ended`, {
    hint: "it is opened again; look into the broker's log",
  });
}

export function topicRefused({ host }: URL, topic: string): Fault {
  return new Fault("device_denied", `${host}: expected to subscribe to ${topic}, the broker refused`, {
    hint: "give the user the right to read this topic, such as by the broker's acl_file",
  });
}
