/**
 * listen: opens a server's port, or says in one fault why not and what to do.
 */
import type { AddressInfo, Server } from "node:net";
import { Fault } from "../../../protocol/index.ts";

/** Connections that wait to be accepted: a fleet that comes back at once; the kernel takes less where `net.core.somaxconn` says so. */
const BACKLOG = 4_096;

/** @returns the port, real where 0 was asked for. @throws Fault `port_in_use`, `port_not_allowed`, `bad_listen_address`. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenFault(error, host, port));
    server.once("error", fail);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off("error", fail);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function listenFault(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = `listen.mqtt: ${host}:${port}`;
  switch (cause.code) {
    case "EADDRINUSE":
      return new Fault("port_in_use", `${where}: expected a free port, another program listens on ${port}`, {
        hint: `stop it (ss -ltnp 'sport = :${port}' names it), or set another port in listen.mqtt`,
        cause,
      });
    case "EACCES":
      return new Fault("port_not_allowed", `${where}: this user may not listen on port ${port}`, {
        hint: "set a port above 1023 in listen.mqtt",
        cause,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new Fault("bad_listen_address", `${where}: expected an address of this machine, got ${JSON.stringify(host)}`, {
        hint: "set listen.mqtt to 127.0.0.1:1883",
        cause,
      });
    default:
      return cause;
  }
}
