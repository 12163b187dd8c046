/**
 * addresses: under which addresses of this machine the collector can be opened.
 */
import os from "node:os";
import type { HttpAccess } from "../config/config.ts";
import { isFrom, isLoopbackAddress } from "./networks.ts";

/** Where it listens everywhere: an address each of those networks that may ask, loopback last. IPv6 only where nothing else is. */
export function reachableAt(listening: string, from: HttpAccess["from"]): readonly string[] {
  const url = new URL(listening);
  if (url.hostname !== "0.0.0.0" && url.hostname !== "[::]") return [url.origin];
  const own = Object.values(os.networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const open = own.filter(({ address, family }) => (family === "IPv4" || url.hostname === "[::]") && isFrom(from, address));
  const inOrder = open.sort((a, b) => rank(a) - rank(b)).filter(({ scopeid }) => (scopeid ?? 0) === 0);
  return inOrder.map(({ address, family }) => `http://${family === "IPv6" ? `[${address}]` : address}:${url.port}`);
}

function rank({ address, family }: { readonly address: string; readonly family: string }): number {
  return (isLoopbackAddress(address) ? 2 : 0) + (family === "IPv6" ? 1 : 0);
}
