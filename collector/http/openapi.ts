/**
 * openapi: the document of everything that can be asked (OpenAPI 3.1), made from the routes themselves.
 */
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { addRoute } from "./route.ts";

/** Before the routes, for it listens to them being added. */
export async function listenToRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Tributary collector",
        version: "1.0.0",
        description:
          "Errors are problem+json (RFC 9457); `title` is the code to decide by. Lists have a limit and a cursor. " +
          "x-role says which role a token needs: read < operate < admin.",
      },
      servers: [{ url: "../..", description: "relative to this document, so it holds behind any proxy path" }],
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "tributary-collector token create" },
          session: { type: "apiKey", in: "cookie", name: "tributary_session", description: "tributary-collector link" },
        },
      },
    },
    stripBasePath: false,
  });
}

export function addOpenapi(app: FastifyInstance): void {
  addRoute(app, {
    method: "GET",
    path: "/api/v1/openapi.json",
    needs: "read",
    operationId: "getOpenapi",
    summary: "This document",
    answer: { status: 200, description: "OpenAPI 3.1", content: { "application/json": z.looseObject({ openapi: z.string() }) } },
    handle: () => app.swagger(),
  });
}
