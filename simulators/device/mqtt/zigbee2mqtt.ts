/**
 * zigbee2mqtt: weather sensors behind a Zigbee bridge, as Zigbee2MQTT 2 publishes them.
 *
 * One connection for all: `zigbee2mqtt/bridge/state` (retained, and the last will), `bridge/devices` (retained), and
 * for each device `zigbee2mqtt/NAME` and `NAME/availability` (retained). `last_seen` is ISO 8601, as with
 * `last_seen: ISO_8601`; without a time it is not there, as with `disable`, which is the bridge's default. From its
 * guide, "MQTT Topics and Messages" and "Device-Availability".
 */
import { epochMicros, isoInstant, MICROS_PER_DAY, MICROS_PER_MS } from "../../../protocol/index.ts";
import { seedFor, uniform } from "../../waveforms/index.ts";
import type { Ecosystem } from "./ecosystem.ts";

const BASE = "zigbee2mqtt";

export const zigbee2mqtt: Ecosystem = {
  name: "zigbee2mqtt",
  about: "weather sensors behind a Zigbee bridge",

  connections: (devices, { seed }) => [
    {
      devices,
      will: state("bridge/state", false),
      birth: [
        state("bridge/state", true),
        ...devices.map((name) => state(`${name}/availability`, true)),
        { topic: `${BASE}/bridge/devices`, payload: JSON.stringify(devices.map((name) => entry(name, seed))), retain: true },
      ],
      farewell: [...devices.map((name) => state(`${name}/availability`, false)), state("bridge/state", false)],
      report: ({ device, at, values, hasTime }) => {
        const { temperature, humidity, pressure, supply = 3 } = values;
        const radio = uniform(seedFor(seed, `radio of ${device}`), Math.floor(at / (MICROS_PER_DAY / 96)));
        const message = {
          battery: Math.max(0, Math.min(100, Math.round((supply - 2.8) * 125))),
          humidity,
          ...(hasTime && { last_seen: isoInstant(epochMicros(Math.floor(at / MICROS_PER_MS) * MICROS_PER_MS)) }),
          linkquality: 60 + Math.floor(radio * 150),
          pressure,
          temperature,
          voltage: Math.round(supply * 1_000),
        };
        return [{ topic: `${BASE}/${device}`, payload: JSON.stringify(message) }];
      },
      presence: (device, isThere) => [state(`${device}/availability`, isThere)],
    },
  ],

  config: (device, broker) => [
    `- name: ${device.replaceAll("/", "-")}`,
    "  driver: mqtt",
    `  broker: ${broker}`,
    `  topic: ${BASE}/${device}`,
    "  zigbee2mqtt: [temperature, humidity, pressure, battery]",
  ],
};

function state(place: string, isOnline: boolean) {
  return { topic: `${BASE}/${place}`, payload: JSON.stringify({ state: isOnline ? "online" : "offline" }), retain: true };
}

function entry(name: string, seed: number): object {
  const id = Math.floor(uniform(seedFor(seed, name), 0) * 2 ** 32);
  return {
    ieee_address: `0x00158d00${id.toString(16).padStart(8, "0")}`,
    type: "EndDevice",
    friendly_name: name,
    power_source: "Battery",
    model_id: "lumi.weather",
    supported: true,
    interview_completed: true,
  };
}
