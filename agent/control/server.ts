/**
 * server: the running agent answers at its control socket, in the words of the collector's HTTP API.
 *
 * Plain node:http: three routes do not pay for a framework's memory on a small device. Who may ask is decided by
 * the mode of the socket.
 */
import { createServer, type ServerResponse } from "node:http";
import { claimSocket, Fault, isFault } from "../../protocol/index.ts";

/** By `METHOD path`; each gives plain JSON. */
export type Routes = Readonly<Record<string, (query: URLSearchParams) => Promise<unknown>>>;

export interface ControlServer {
  close(): Promise<void>;
}

/** @throws Fault `already_running`, and what `claimSocket` throws. */
export async function openControl(path: string, routes: Routes): Promise<ControlServer> {
  const claim = await claimSocket(path);
  const server = createServer((request, response) => {
    const [path, query] = (request.url ?? "").split("?", 2);
    const route = routes[`${request.method} ${path}`];
    void answer(response, route && (() => route(new URLSearchParams(query))));
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(claim.temporary, resolve);
  });
  await claim.publish();
  return {
    async close() {
      await claim.release();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(response: ServerResponse, route: (() => Promise<unknown>) | undefined): Promise<void> {
  try {
    if (route === undefined) throw new Fault("unknown_path", "expected one of the agent's paths, such as /api/v1/status");
    send(response, 200, await route());
  } catch (error) {
    if (!isFault(error)) throw error;
    const status = error.code === "unknown_path" ? 404 : 503;
    send(response, status, { title: error.code, status, detail: error.message, hint: error.hint });
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": status === 200 ? "application/json" : "application/problem+json" });
  response.end(JSON.stringify(value));
}
