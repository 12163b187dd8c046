/**
 * http: where the collector answers: on a TCP port of this machine and on its control socket.
 *
 * Without passwords yet, so TCP listens on loopback only, and answers only requests that name a loopback host:
 * a page in a browser that made its own name point to this machine gets nothing. Who may use the control socket
 * is decided by its file mode.
 */
import net from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { claimSocket, Fault, type Log, type SocketClaim } from "../../protocol/index.ts";
import { answerError, unknownPath } from "./problems.ts";
import { addRoutes, type HttpParts } from "./routes.ts";

export interface HttpConfig extends HttpParts {
  readonly log: Log;
}

export interface Http {
  /**
   * Port 0 = any free one. Resolves to the URL.
   * @throws Fault `not_loopback`, `port_in_use`, `cannot_listen`
   */
  listen(at: { readonly host: string; readonly port: number }): Promise<string>;
  /** A unix socket, mode 0660. @throws Fault `already_running` where another process answers there, see control-socket. */
  listenControl(path: string): Promise<void>;
  /** Removes the control socket, stops listening and cuts what is still open: a reader that sleeps holds up no end. May be called twice. */
  close(): Promise<void>;
}

export function createHttp({ log, ...parts }: HttpConfig): Http {
  const apps: FastifyInstance[] = [];
  const claims: SocketClaim[] = [];

  function openApp(): FastifyInstance {
    const app = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 1_024, routerOptions: { maxParamLength: 100 } });
    app.setErrorHandler(answerError(log));
    app.setNotFoundHandler((request) => {
      throw unknownPath(request.url);
    });
    addRoutes(app, parts, log);
    apps.push(app);
    return app;
  }

  return {
    async listen({ host, port }) {
      if (!isLoopback(host)) throw notLoopback(host);
      const app = openApp();
      app.addHook("onRequest", async (request) => {
        if (!isLoopback(request.hostname)) throw wrongHost(request.hostname);
      });
      try {
        return await app.listen({ host, port });
      } catch (error) {
        throw listenFault(host, port, error);
      }
    },
    async listenControl(path) {
      const claim = await claimSocket(path);
      await openApp().listen({ path: claim.temporary });
      await claim.publish();
      claims.push(claim);
    },
    async close() {
      for (const claim of claims.splice(0)) await claim.release();
      await Promise.all(apps.splice(0).map((app) => app.close()));
    },
  };
}

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "");
  return name === "localhost" || name === "::1" || (net.isIPv4(name) && name.startsWith("127."));
}

function notLoopback(host: string): Fault {
  return new Fault("not_loopback", `http: expected an address of this machine such as 127.0.0.1, got ${host}`, {
    hint: "listen on 127.0.0.1 and put a reverse proxy with passwords and TLS in front",
  });
}

function wrongHost(host: string): Fault {
  return new Fault("wrong_host", `expected a request to localhost or 127.0.0.1, got one to ${JSON.stringify(host.slice(0, 100))}`, {
    hint: "open it as http://127.0.0.1",
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
