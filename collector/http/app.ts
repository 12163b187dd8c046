/**
 * app: everything that answers, put together behind one door: once for the network, once for the control socket.
 */
import fastify, { type FastifyInstance } from "fastify";
import type { HttpAccess } from "../config/config.ts";
import { addAbout } from "./about.ts";
import { addDoor } from "./door.ts";
import { addLive } from "./live.ts";
import { addOpenapi, listenToRoutes } from "./openapi.ts";
import { addPage } from "./page.ts";
import type { HttpParts } from "./parts.ts";
import { answerError, answerNoRequest, unknownPath } from "./problems.ts";
import { addReports } from "./report.ts";
import { addSamples } from "./samples.ts";
import { addSeries } from "./series.ts";
import { addSession } from "./session.ts";
import { addTokens } from "./tokens.ts";

/** Larger than any body that is asked for. */
const BODY_BYTES = 4_096;

/** Time to send a request; an answer may take as long as it likes. */
const REQUEST_MS = 30_000;
const MOST_CONNECTIONS = 1_000;

/** What every answer says to a browser. "self only": no script, style, picture or request of anybody else's. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** @param policy undefined = the control socket. */
export async function openApp(parts: HttpParts, policy: HttpAccess | undefined): Promise<FastifyInstance> {
  const answer = answerError(parts.log);
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 100 },
    frameworkErrors: (error, request, reply) => void answer(error, request, reply),
    clientErrorHandler: answerNoRequest,
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.removeContentTypeParser("text/plain"); // what a form of another site could send
  app.setValidatorCompiler(() => () => true); // `route.ts` checks
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(answer);
  app.setNotFoundHandler((request) => {
    throw unknownPath(request.url);
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(HEADERS);
    reply.header("cache-control", request.url.startsWith("/api/") ? "no-store" : "no-cache"); // no-cache: asked again, by ETag
  });
  addDoor(app, parts, policy);
  await listenToRoutes(app);
  for (const add of [addAbout, addSeries, addSamples, addReports, addLive, addSession, addTokens]) add(app, parts);
  addOpenapi(app);
  await addPage(app, parts);
  return app;
}
