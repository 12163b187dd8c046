/**
 * address: where the collector is: `mqtt://host:port`. User, password and path have no place in it.
 */
import { z } from "zod";
import type { CollectorAddress } from "./config.ts";

const EXPECTED = "expected an address like mqtt://collector.local:1883";
const DEFAULT_PORT = 1883;

/** Host: a name, an IPv4 address, or an IPv6 address in brackets. */
const ADDRESS = /^mqtt:\/\/(?<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(?<port>\d{1,5}))?\/?$/;

export function collectorAddress() {
  return z.string(EXPECTED).transform((text, context): CollectorAddress => {
    const { host, port = DEFAULT_PORT } = ADDRESS.exec(text)?.groups ?? {};
    if (host !== undefined && Number(port) > 0 && Number(port) < 65_536) {
      return { url: `mqtt://${host}:${Number(port)}`, host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
    }
    context.addIssue({ code: "custom", message: EXPECTED });
    return z.NEVER;
  });
}
