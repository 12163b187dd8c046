/**
 * The contract of an ecosystem: how the devices of one maker or bridge speak MQTT.
 *
 * A connection carries one device or, behind a bridge, all of them. It has a last will, says that it is there, reports,
 * may answer commands, and says goodbye.
 */
import type { EpochMicros } from "../../../protocol/index.ts";
import type { Publication } from "../../broker.ts";

/** A device at one instant. */
export interface Report {
  readonly device: string;
  readonly at: EpochMicros;
  /** Of the profile `weather`. */
  readonly values: Readonly<Record<string, number>>;
  /** It says when it measured. */
  readonly hasTime: boolean;
}

export interface Connection {
  /** Names of those that report over it. */
  readonly devices: readonly string[];
  readonly will: Publication;
  /** Said when it is connected. */
  readonly birth: readonly Publication[];
  /** Said before it ends. */
  readonly farewell: readonly Publication[];
  /** What a device says of an instant; the first is what it measured. */
  report(report: Report): readonly Publication[];
  /** Said when a device comes or goes while its connection stands. */
  presence(device: string, isThere: boolean): readonly Publication[];
  /** Topics of commands, and what is answered. */
  readonly commands?: { readonly topic: string; answer(topic: string, payload: string, ask: () => Report): readonly Publication[] };
}

export interface Ecosystem {
  /** As in `--kind`. */
  readonly name: string;
  readonly about: string;
  connections(
    devices: readonly string[],
    context: { readonly seed: number; readonly timeZone: string; readonly first: EpochMicros },
  ): readonly Connection[];
  /** The sensor of an agent's config that reads one of its devices, in lines of YAML. */
  config(device: string, broker: string, timeZone: string): readonly string[];
}
