/**
 * listen: the addresses the collector opens, and the one key that lets strangers reach them.
 *
 * MQTT and HTTP have neither encryption nor passwords here, so they stay on this machine unless the config
 * says in so many words that they need not.
 */
import { z } from "zod";
import type { Endpoint } from "./config.ts";

const EXPECTED = "expected host:port like 127.0.0.1:1883";
const ENDPOINT = /^(?<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):(?<port>\d{1,5})$/;

export function listen() {
  return z
    .strictObject({
      mqtt: endpoint().prefault("127.0.0.1:1883"),
      http: endpoint().prefault("127.0.0.1:8480"),
      unencrypted: z.enum(["this_machine", "any_network"]).default("this_machine"),
    })
    .superRefine(({ mqtt, http, unencrypted }, context) => {
      if (unencrypted === "any_network") return;
      if (!isLoopback(mqtt.host)) context.addIssue({ code: "custom", path: ["mqtt"], message: open("MQTT", 1883, "send") });
      if (!isLoopback(http.host)) context.addIssue({ code: "custom", path: ["http"], message: open("HTTP", 8480, "read") });
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
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function open(what: string, port: number, can: string): string {
  return (
    `expected an address of this machine like 127.0.0.1:${port}; ${what} here has NO ENCRYPTION AND NO PASSWORD: ` +
    `whoever reaches that address can ${can} readings as anybody; if you accept that, add "unencrypted: any_network" to listen`
  );
}
