/**
 * knock: would the broker let the collector in? Asked without taking anything in or saying anything.
 */
import type { ExternalPlace } from "../contract.ts";
import { Link, silent } from "./link.ts";
import { brokerSecrets } from "./secrets.ts";

/**
 * One CONNECT with the collector's user and password, under a name that nobody has, and no word more.
 * @throws Fault `broker_file_unreadable`, `broker_unreachable`, `broker_refused`, and the signal's reason.
 */
export async function tryBroker(place: ExternalPlace, clientId: string, signal: AbortSignal): Promise<void> {
  const { url, user } = place;
  const secrets = await brokerSecrets(place);
  signal.throwIfAborted();
  const link = new Link({ url, clientId, keepsSession: false, user, ...secrets, will: undefined, onMessage: async () => undefined });
  const giveUp = () => link.close(silent(url));
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    await link.opened();
  } finally {
    signal.removeEventListener("abort", giveUp);
    link.close();
  }
}
