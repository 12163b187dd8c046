/**
 * http: where the collector answers: on a TCP port and on its control socket.
 *
 * Who is let in, and as what, `door.ts` says. Who may use the control socket is decided by its file mode.
 */
import type { FastifyInstance } from "fastify";
import { bug, claimSocket, Fault, type SocketClaim } from "../../protocol/index.ts";
import type { HttpAccess } from "../config/config.ts";
import { openApp } from "./app.ts";
import { isLoopbackHost } from "./networks.ts";
import type { HttpParts } from "./parts.ts";

export interface Http {
  /**
   * Port 0 = any free one. Resolves to the URL.
   * @throws Fault `not_loopback` where the policy lets nobody else in, `port_in_use`, `cannot_listen`
   */
  listen(at: { readonly host: string; readonly port: number }, policy: HttpAccess): Promise<string>;
  /** A unix socket, mode 0660. @throws Fault `already_running` where another process answers there, see control-socket. */
  listenControl(path: string): Promise<void>;
  /** Removes the control socket, stops listening and cuts what is still open: a reader that sleeps holds up no end. May be called twice. */
  close(): Promise<void>;
}

export function createHttp(parts: HttpParts): Http {
  const apps: FastifyInstance[] = [];
  const claims: SocketClaim[] = [];

  async function opened(policy: HttpAccess | undefined): Promise<FastifyInstance> {
    const app = await openApp(parts, policy);
    apps.push(app);
    return app;
  }

  return {
    async listen({ host, port }, policy) {
      if (policy.from === "loopback" && !isLoopbackHost(host)) throw notLoopback(host);
      if (policy.from === "all") parts.log.warn({ host, port }, "http_from: all: every network that reaches this port is answered");
      const app = await opened(policy);
      try {
        await app.listen({ host, port });
        return `http://${host.includes(":") ? `[${host}]` : host}:${portOf(app)}`;
      } catch (error) {
        throw listenFault(host, port, error);
      }
    },
    async listenControl(path) {
      const claim = await claimSocket(path);
      const app = await opened(undefined);
      await app.listen({ path: claim.temporary });
      await claim.publish();
      claims.push(claim);
    },
    async close() {
      for (const claim of claims.splice(0)) await claim.release();
      await Promise.all(apps.splice(0).map((app) => app.close()));
    },
  };
}

/** The one it got, where any was asked for. */
function portOf(app: FastifyInstance): number {
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : bug("an HTTP server listens nowhere");
}

function notLoopback(host: string): Fault {
  return new Fault("not_loopback", `http: expected an address of this machine such as 127.0.0.1, got ${host}`, {
    hint: "set http_from: private to let your own network in, with tokens",
  });
}

function listenFault(host: string, port: number, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const at = `http ${host}:${port}`;
  if (code === "EADDRINUSE") {
    return new Fault("port_in_use", `${at}: expected a free port, got one that another program uses`, {
      hint: `find it with: ss -ltnp 'sport = :${port}' - or choose another port in listen.http`,
      cause: error,
    });
  }
  if (code !== "EACCES" && code !== "EADDRNOTAVAIL") return error;
  const hint = code === "EACCES" ? "choose a port above 1023" : "choose an address of this machine: ip addr";
  return new Fault("cannot_listen", `${at}: expected to listen there, got ${code}`, { hint, cause: error });
}
