/**
 * names: what an agent, a sensor and a channel may be called.
 *
 * `[a-z0-9][a-z0-9_-]{0,39}`: safe as an MQTT topic level, a file name, a certificate name and
 * a URL segment on every broker (RabbitMQ rewrites a dot, NATS closes the connection on one).
 */
import { Fault } from "./faults.ts";

const NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/;

declare const seriesBrand: unique symbol;

/** `agent/sensor/channel`, for example `greenhouse-1/air/temperature`. */
export type SeriesId = string & { readonly [seriesBrand]: "SeriesId" };

export function isName(text: string): boolean {
  return NAME.test(text);
}

/** The nearest valid name: lower-cased, without accents, every other character a dash. Empty where nothing is left. */
export function nearestName(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
}

/** @throws Fault `bad_name`, offering the nearest valid one. */
export function checkName(what: string, text: string): string {
  if (isName(text)) return text;
  const nearest = nearestName(text);
  const shown = JSON.stringify(text.slice(0, 60));
  throw new Fault("bad_name", `${what}: expected a name like "greenhouse-1" (a-z, 0-9, "-", "_", at most 40), got ${shown}`, {
    hint: nearest === "" ? "choose a name of lower-case letters and digits" : `use "${nearest}"`,
  });
}

export function seriesId(agent: string, sensor: string, channel: string): SeriesId {
  return `${agent}/${sensor}/${channel}` as SeriesId;
}
