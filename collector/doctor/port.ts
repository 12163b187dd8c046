/**
 * port: does somebody answer there? A connection that is closed at once; nothing is sent.
 */
import { connect } from "node:net";
import type { Endpoint } from "../config/config.ts";

export function endpointOf(url: string): Endpoint {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** All addresses of a machine are asked at its own. */
export function isAnswered({ host, port }: Endpoint, signal: AbortSignal): Promise<boolean> {
  const to = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return new Promise((resolve) => {
    const socket = connect({ host: to, port, signal });
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
