/**
 * listeners: does somebody listen where the config says, and is it the collector?
 *
 * A connection that is closed at once; nothing is sent.
 */
import { connect } from "node:net";
import { type Check, green, isFault, isStopped, type Judgement, red } from "../../protocol/index.ts";
import type { Endpoint } from "../config/config.ts";
import type { Patient } from "./patient.ts";

export const listeners: Check<Patient> = {
  name: "listeners",
  async examine({ config, running }, signal) {
    const answers = await running;
    const isRunning = !isStopped(answers);
    const { mqtt, http } = config.listen;
    const places = { "listen.mqtt": isFault(answers) ? mqtt : endpointOf(answers.about.mqtt), "listen.http": http };
    const fixed = Object.entries(places).filter(([, { port }]) => port !== 0); // 0 = any free one: nowhere to ask
    return Promise.all(fixed.map(async ([key, at]) => judge(key, at, isRunning, await isAnswered(at, signal))));
  },
};

function judge(key: string, { host, port }: Endpoint, isRunning: boolean, isTaken: boolean): Judgement {
  const at = `${key}: ${host}:${port}`;
  if (isRunning)
    return isTaken ? green(`${at} answers`) : red(`${at} does not answer, though the collector runs`, `ss -ltnp 'sport = :${port}'`);
  return isTaken
    ? red(`${at} is taken by another program, so the collector cannot start`, `ss -ltnp 'sport = :${port}'`)
    : green(`${at} is free`);
}

function endpointOf(url: string): Endpoint {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** All addresses of a machine are asked at its own. */
function isAnswered({ host, port }: Endpoint, signal: AbortSignal): Promise<boolean> {
  const to = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return new Promise((resolve) => {
    const socket = connect({ host: to, port, signal });
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
