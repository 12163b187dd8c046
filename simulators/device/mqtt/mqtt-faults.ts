/**
 * mqtt-faults: what goes wrong with devices that publish. Adding one = one entry here, and what comes of it in
 * `reporting.ts`.
 */
import { z } from "zod";
import { MICROS_PER_MINUTE, micros } from "../../../protocol/index.ts";
import type { FaultWords } from "../../faults/index.ts";
import { OF_VALUES } from "../device-faults.ts";

const own = { devices: z.array(z.string()).min(1).optional() };

export const MQTT_FAULTS: readonly FaultWords[] = [
  { name: "repeat", about: "the same message five times within a second", own },
  { name: "no_time", about: "a message does not say when it was measured", own },
  { name: "stale", about: "the broker keeps a message of six hours before the start for whoever subscribes", own },
  { name: "offline", about: "a device goes away, says so, and comes back", lasts: micros(10 * MICROS_PER_MINUTE), own },
  ...OF_VALUES,
];
