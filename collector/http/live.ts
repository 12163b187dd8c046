/**
 * live: newly stored readings as server-sent events (WHATWG HTML, 9.2).
 *
 * Events: `reading` (a row as in /api/v1/samples), `missed` (how many a slow reader did not get; null = not known).
 * A comment every 15 s shows that the line is good; with each it is asked whether the reader is still allowed in.
 * Who takes nothing for five minutes is cut off.
 */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Clock, Fault, isFault, MICROS_PER_SECOND, micros, type Timer } from "../../protocol/index.ts";
import { selectSeries } from "../report/select.ts";
import type { SeriesInfo } from "../rollup/series.ts";
import type { Choose, LiveFeed } from "./live-feed.ts";
import type { HttpParts } from "./parts.ts";
import { addRoute } from "./route.ts";

const HEARTBEAT = micros(15 * MICROS_PER_SECOND);
const MOST_SILENT_BEATS = 20;
const MOST_LISTENERS = 50;
const EVENTS_AT_ONCE = 100;
const BUFFER_BYTES = 64 * 1024;

export function addLive(app: FastifyInstance, parts: HttpParts): void {
  const { live, source } = parts;
  addRoute(app, {
    method: "GET",
    path: "/api/v1/live",
    needs: "read",
    operationId: "listenLive",
    summary: "Every newly stored reading as a server-sent event, until the reader leaves",
    query: z.strictObject({ series: z.string().min(1).max(500).optional().describe("patterns with commas between; without it all") }),
    answer: { status: 200, description: "Events `reading` and `missed`", content: { "text/event-stream": z.string() } },
    handle: ({ query: { series }, request, reply }) => {
      if (live.listeners >= MOST_LISTENERS) throw tooMany();
      selectSeries(source.series(), series); // a pattern that fits nothing is a fault now, not silence
      const stream = eventStream({
        live,
        clock: parts.clock,
        choose: (all) => fitting(all, series),
        lastId: lastIdOf(request),
        isAllowed: () => isStillAllowed(request, parts),
      });
      return reply.type("text/event-stream").header("x-accel-buffering", "no").send(stream);
    },
  });
}

/** What fits now; a pattern may fit nothing yet. */
function fitting(all: readonly SeriesInfo[], patterns = "*"): readonly SeriesInfo[] {
  return patterns.split(",").flatMap((pattern) => {
    try {
      return selectSeries(all, pattern);
    } catch (error) {
      if (isFault(error, "unknown_series")) return [];
      throw error;
    }
  });
}

interface StreamOptions {
  readonly live: LiveFeed;
  readonly clock: Clock;
  readonly choose: Choose;
  readonly lastId: string | undefined;
  isAllowed(): boolean;
}

function eventStream({ live, clock, choose, lastId, isAllowed }: StreamOptions): Readable {
  let isReady = false;
  let silentBeats = 0;
  let heartbeat: Timer | undefined;
  const push = (text: string) => {
    silentBeats = 0;
    isReady = stream.push(text);
  };
  const flush = () => {
    for (let text = isReady ? listener.take(EVENTS_AT_ONCE) : undefined; text !== undefined; ) {
      push(text);
      text = isReady ? listener.take(EVENTS_AT_ONCE) : undefined;
    }
  };
  const beat = () => {
    heartbeat = clock.after("live heartbeat", HEARTBEAT, beat);
    if (!isAllowed()) stream.push(null);
    else if (isReady) push(": alive\n\n");
    else if (++silentBeats >= MOST_SILENT_BEATS) stream.destroy();
  };
  const stream = new Readable({
    highWaterMark: BUFFER_BYTES,
    read() {
      isReady = true;
      flush();
    },
    destroy(error, done) {
      heartbeat?.cancel();
      listener.leave();
      done(error);
    },
  });
  const listener = live.listen(choose, lastId, flush);
  heartbeat = clock.after("live heartbeat", HEARTBEAT, beat);
  stream.push("retry: 3000\n\n");
  return stream;
}

/** Longer is none of ours. */
const LONGEST_ID = 40;

function lastIdOf({ headers }: FastifyRequest): string | undefined {
  const id = headers["last-event-id"];
  return typeof id === "string" && id !== "" ? id.slice(0, LONGEST_ID) : undefined;
}

/** A token may be revoked, or end, while its holder listens. */
function isStillAllowed({ identity }: FastifyRequest, { tokens }: HttpParts): boolean {
  return identity !== undefined && (identity.id === undefined || tokens.isGood(identity.id));
}

function tooMany(): Fault {
  return new Fault("too_many_listeners", `expected at most ${MOST_LISTENERS} listeners`, {
    retry: true,
    hint: "close a page, or ask again later",
  });
}
