/**
 * registry: the brokers, by the kind of their place. A new one is its file, its place in the contract and a line here.
 */
import type { Broker, BrokerOptions, BrokerPlace } from "./contract.ts";
import { createEmbeddedBroker } from "./embedded.ts";
import { createExternalBroker } from "./external.ts";

const BROKERS: { readonly [Kind in BrokerPlace["kind"]]: (place: PlaceOf<Kind>, options: BrokerOptions) => Broker } = {
  embedded: ({ host, port }, options) => createEmbeddedBroker({ host, port, ...options }),
  external: createExternalBroker,
};

type PlaceOf<Kind> = Extract<BrokerPlace, { kind: Kind }>;

export function createBroker(place: BrokerPlace, options: BrokerOptions): Broker {
  const create = BROKERS[place.kind] as (place: BrokerPlace, options: BrokerOptions) => Broker;
  return create(place, options);
}
