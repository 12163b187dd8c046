/**
 * listeners: does somebody listen where the config says, and is it the collector?
 *
 * A connection that is closed at once; nothing is sent.
 */
import { type Check, green, isFault, isStopped, type Judgement, red } from "../../protocol/index.ts";
import type { Endpoint } from "../config/config.ts";
import type { Patient } from "./patient.ts";
import { endpointOf, isAnswered } from "./port.ts";

export const listeners: Check<Patient> = {
  name: "listeners",
  async examine({ config, running }, signal) {
    const answers = await running;
    const isRunning = !isStopped(answers);
    const { broker, listen } = config;
    const mqtt = broker.kind === "external" ? {} : { "listen.mqtt": isFault(answers) ? broker : endpointOf(answers.about.mqtt) };
    const places: Record<string, Endpoint> = { ...mqtt, "listen.http": listen.http };
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
