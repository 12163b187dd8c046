/**
 * http-server: a real HTTP server on this machine that answers as a test says, and remembers what it was asked.
 */
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

export type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly requests: http.IncomingMessage[];
  readonly server: http.Server;
}

export async function serve(
  answer: Answer | string,
  make: (handle: Answer) => http.Server = (handle) => http.createServer(handle),
): Promise<Served> {
  const requests: http.IncomingMessage[] = [];
  const server = make((request, response) => {
    requests.push(request);
    if (typeof answer === "string") response.end(answer);
    else answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const scheme = server instanceof https.Server ? "https://localhost" : "http://127.0.0.1";
  return {
    url: `${scheme}:${(server.address() as AddressInfo).port}`,
    requests,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
