/**
 * page: the files of the web page, as they were built; where they were not, how to build them.
 *
 * They hold no secret and are given to everybody who may connect. Only files inside of the folder are served; there
 * are no listings, no hidden files, and nothing is made up of a path.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import serveStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import type { HttpParts } from "./parts.ts";

const HOW_TO_BUILD =
  "The collector answers, but its web page was not built. In the project's folder:\n\n" +
  "  npm run console\n\nthen restart the collector. Everything is at /api/v1 too: /api/v1/openapi.json\n";

export async function addPage(app: FastifyInstance, { page }: HttpParts): Promise<void> {
  if (existsSync(path.join(page, "index.html"))) {
    await app.register(serveStatic, { root: page, dotfiles: "deny", index: "index.html", cacheControl: false, decorateReply: false });
    return;
  }
  app.get("/", { schema: { hide: true } }, (_request, reply) => reply.code(404).type("text/plain; charset=utf-8").send(HOW_TO_BUILD));
}
