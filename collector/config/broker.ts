/**
 * broker: MQTT at a broker that stands elsewhere, in place of the collector's own.
 *
 * As `listen`, it does not leave this machine without encryption unless the config says in so many words that it may.
 */
import { resolve } from "node:path";
import { z } from "zod";
import type { BrokerPlace, ExternalPlace } from "../broker/contract.ts";
import { address } from "./address.ts";
import type { Endpoint } from "./config.ts";
import { isLoopback } from "./listen.ts";

const URL_EXPECTED = "expected an address like mqtt://127.0.0.1:1883 or mqtts://broker.local:8883";
const OPEN_BROKER =
  "expected mqtts:// or an address of this machine like mqtt://127.0.0.1:1883; mqtt:// has NO ENCRYPTION: whoever listens " +
  'on the way reads the password and all readings; if you accept that, add "unencrypted: any_network" to broker';
const CLIENT_ID = "expected a client id of letters, digits, - and _";
const PATH = z.string("expected a path").min(1, "expected a path");
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "mqtt:": 1883, "mqtts:": 8883 };
const DEFAULT: Endpoint = { host: "127.0.0.1", port: 1883 };

/** @param folder of the config file: relative paths are meant from there. */
export function broker(folder: string) {
  return z
    .strictObject({
      url: address(/^mqtts?:$/, URL_EXPECTED).refine((text) => /^mqtts?:\/\/[^/?#]+\/?$/.test(text), URL_EXPECTED),
      user: z.string().min(1).max(256).optional(),
      password_file: PATH.optional(),
      ca_file: PATH.optional(),
      client_id: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,64}$/, CLIENT_ID)
        .optional(),
      role: z.enum(["primary", "replica"]).default("primary"),
      unencrypted: z.enum(["this_machine", "any_network"]).default("this_machine"),
    })
    .superRefine(({ url, unencrypted, password_file, ca_file, user }, context) => {
      const refuse = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
      const { protocol, hostname } = new URL(url);
      const isPlain = protocol === "mqtt:";
      if (isPlain && unencrypted === "this_machine" && !isLoopback(hostname.replace(/^\[|\]$/g, ""))) refuse("url", OPEN_BROKER);
      if (isPlain && ca_file !== undefined) refuse("ca_file", "expected none with mqtt://, which has no certificates; write mqtts://");
      if (password_file !== undefined && user === undefined) refuse("password_file", "expected none without a user (MQTT 3.1.1, 3.1.2.9)");
    })
    .transform(({ url, user, password_file, ca_file, client_id, role }): ExternalPlace => {
      const place = (file: string | undefined) => (file === undefined ? undefined : resolve(folder, file));
      const { protocol, hostname, port } = new URL(url);
      const full = `${protocol}//${hostname}:${port === "" ? DEFAULT_PORTS[protocol] : port}`;
      return { kind: "external", url: full, user, passwordFile: place(password_file), caFile: place(ca_file), clientId: client_id, role };
    });
}

/** Its own broker, unless another one is named. */
export function brokerPlace(elsewhere: ExternalPlace | undefined, own: Endpoint | undefined): BrokerPlace {
  return elsewhere ?? { kind: "embedded", ...(own ?? DEFAULT) };
}
