/**
 * broker: where MQTT stands elsewhere: is it there, and does the collector get along with it?
 *
 * Where no collector runs, one CONNECT as the collector would make it, under a name of its own: a second client under
 * the collector's would throw it out.
 */
import { answerOf, type Check, green, isFault, red, toHex, yellow } from "../../protocol/index.ts";
import { tryBroker } from "../broker/external/knock.ts";
import type { Patient } from "./patient.ts";

export const broker: Check<Patient> = {
  name: "broker",
  async examine({ config, running, environment }, signal) {
    if (config.broker.kind === "embedded") return [];
    const { url, role } = config.broker;
    const answers = await running;
    if (!isFault(answers)) {
      const { mqtt_trouble: trouble } = answers.about;
      if (trouble !== null) return [red(trouble.message, trouble.hint ?? undefined)];
      return [green(`connected to ${url}${role === "replica" ? " as a replica, which only listens" : ""}`)];
    }
    const name = `doctor-${toHex(environment.random.bytes(8))}`;
    const fault = await answerOf(tryBroker(config.broker, name, signal));
    if (!isFault(fault)) return [green(`${url} answers, and lets us in`)];
    const { code, message, hint } = fault;
    if (code !== "broker_unreachable") return [red(message, hint)];
    return [yellow(`${message}; the collector waits for it, and agents keep their readings`, "start the broker, or mend broker.url")];
  },
};
