/**
 * options: the config of the `mqtt` driver, and what it means.
 */
import { z } from "zod";
import { duration, MICROS_PER_MINUTE, micros } from "../../../protocol/index.ts";
import { checkText, TEXT_KEYS } from "../text/options.ts";

const ADDRESS = "expected an address like mqtt://127.0.0.1:1883";
const TOPIC = "expected a topic like zigbee2mqtt/balcony, without + and #: a sensor is one device";
const FIELD = "expected a key of the message, such as temperature";

const address = z.string(ADDRESS).transform((text, context): URL => {
  const url = URL.parse(text);
  const isPlain = url !== null && /^mqtts?:$/.test(url.protocol) && url.username === "" && url.password === "" && url.hostname !== "";
  if (isPlain) return url;
  context.addIssue({ code: "custom", message: url?.username ? `${ADDRESS}: use user and password_file` : ADDRESS });
  return z.NEVER;
});

const fields = z.array(z.string(FIELD).min(1).max(60), FIELD).min(1).max(32);

export const mqttOptions = z
  .strictObject({
    broker: address,
    topic: z
      .string(TOPIC)
      .min(1)
      .max(500)
      .regex(/^[^+#\0]+$/, TOPIC),
    user: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    password_file: z.string().min(1).optional(),
    /** The broker's own authority, as PEM, for mqtts://. */
    ca_file: z.string().min(1).optional(),
    qos: z.union([z.literal(0), z.literal(1)], "expected 0 or 1").default(0),
    retained: z.enum(["skip", "take"]).default("skip"),
    /** The same message again in so short a time is one reading. */
    repeats_within: duration({ most: micros(MICROS_PER_MINUTE) }).prefault("1s"),
    /** Messages beyond that are not taken, and counted. */
    most_per_second: z.int().min(1).max(10_000).default(100),
    /** Keys of a message of Zigbee2MQTT. */
    zigbee2mqtt: fields.optional(),
    /** A sensor in a message of Tasmota (tele/NAME/SENSOR), and its keys. */
    tasmota: z.strictObject({ sensor: z.string().min(1).max(60), fields }).optional(),
    ...TEXT_KEYS,
  })
  .superRefine((given, context) => {
    checkText(given, context, ["zigbee2mqtt", "tasmota"]);
    if (given.password !== undefined && given.password_file !== undefined) {
      context.addIssue({ code: "custom", path: ["password_file"], message: "expected either password or password_file" });
    }
  });

export type MqttOptions = z.output<typeof mqttOptions>;
