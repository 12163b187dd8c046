/**
 * broker: where MQTT stands elsewhere: is it there, and does the collector get along with it?
 */
import { type Check, green, isFault, red, yellow } from "../../protocol/index.ts";
import type { Patient } from "./patient.ts";
import { endpointOf, isAnswered } from "./port.ts";

export const broker: Check<Patient> = {
  name: "broker",
  async examine({ config, running }, signal) {
    if (config.broker.kind === "embedded") return [];
    const { url, role } = config.broker;
    const answers = await running;
    if (!isFault(answers)) {
      const { mqtt_trouble: trouble } = answers.about;
      if (trouble !== null) return [red(trouble.message, trouble.hint ?? undefined)];
      return [green(`connected to ${url}${role === "replica" ? " as a replica, which only listens" : ""}`)];
    }
    if (await isAnswered(endpointOf(url), signal)) return [green(`${url} answers`)];
    return [
      yellow(`${url} does not answer; the collector waits for it, and agents keep their readings`, `start the broker, or mend broker.url`),
    ];
  },
};
