/**
 * listen: the addresses the collector opens, and the key that lets strangers reach MQTT.
 *
 * MQTT has neither encryption nor passwords here, so it stays on this machine unless the config says in so many
 * words that it need not. HTTP has tokens; from where it may be asked, `http_from` says.
 */
import { z } from "zod";
import type { Endpoint } from "./config.ts";

const EXPECTED = "expected host:port like 127.0.0.1:1883";
const OPEN_MQTT =
  "expected an address of this machine like 127.0.0.1:1883; MQTT here has NO ENCRYPTION AND NO PASSWORD: " +
  'whoever reaches that address can send readings as anybody; if you accept that, add "unencrypted: any_network" to listen';
const ENDPOINT = /^(?<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):(?<port>\d{1,5})$/;

export function listen() {
  return z
    .strictObject({
      /** Without it 127.0.0.1:1883, or nothing where `broker` names another one. */
      mqtt: endpoint().optional(),
      http: endpoint().prefault("127.0.0.1:8480"),
      unencrypted: z.enum(["this_machine", "any_network"]).default("this_machine"),
    })
    .superRefine(({ mqtt, unencrypted }, context) => {
      if (unencrypted === "any_network") return;
      if (mqtt !== undefined && !isLoopback(mqtt.host)) context.addIssue({ code: "custom", path: ["mqtt"], message: OPEN_MQTT });
    })
    .transform(({ mqtt, http }) => ({ mqtt, http }));
}

function endpoint() {
  return z.string(EXPECTED).transform((text, context): Endpoint => {
    const { host, port } = ENDPOINT.exec(text)?.groups ?? {};
    if (host !== undefined && Number(port) < 65_536) return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
    context.addIssue({ code: "custom", message: EXPECTED });
    return z.NEVER;
  });
}

/** RFC 1122 (127/8), RFC 4291 (::1), RFC 6761 (localhost). */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
