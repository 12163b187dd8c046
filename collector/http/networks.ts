/**
 * networks: from which addresses somebody asks, and under which name he thinks he asks.
 */
import net from "node:net";
import type { HttpAccess } from "../config/config.ts";

/** RFC 1122 (127/8), RFC 4291 (::1). */
const LOOPBACK = blockList([
  ["127.0.0.0", 8, "ipv4"],
  ["::1", 128, "ipv6"],
]);

/** RFC 1918, RFC 3927 and RFC 4291 (link-local), RFC 4193 (ULA). */
const PRIVATE = blockList([
  ["10.0.0.0", 8, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["fe80::", 10, "ipv6"],
  ["fc00::", 7, "ipv6"],
]);

function blockList(subnets: readonly (readonly [address: string, prefix: number, family: net.IPVersion])[]): net.BlockList {
  const list = new net.BlockList();
  for (const [address, prefix, family] of subnets) list.addSubnet(address, prefix, family);
  return list;
}

/** May somebody at this address be answered? IPv4 inside of IPv6 (RFC 4291, 2.5.5.2) counts as the IPv4 it is. */
export function isFrom(allowed: HttpAccess["from"], address: string): boolean {
  if (allowed === "all" || isLoopbackAddress(address)) return true;
  return allowed === "private" && isIn(PRIVATE, address);
}

export function isLoopbackAddress(address: string): boolean {
  return isIn(LOOPBACK, address);
}

function isIn(list: net.BlockList, address: string): boolean {
  const [bare = ""] = address.replace(/^::ffff:(?=\d+\.)/i, "").split("%");
  if (net.isIPv4(bare)) return list.check(bare, "ipv4");
  return net.isIPv6(bare) && list.check(bare, "ipv6");
}

/** Does this name or address, as a Host header or a config has it, mean this machine whatever a name server says? */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return name === "localhost" || isLoopbackAddress(name);
}
