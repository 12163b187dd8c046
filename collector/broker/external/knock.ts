/**
 * knock: would the broker let the collector in? Asked without taking anything in or saying anything.
 */
import { readFile } from "node:fs/promises";
import { Fault } from "../../../protocol/index.ts";
import type { ExternalPlace } from "../contract.ts";
import { Link } from "./link.ts";

/** As they are in their files now. @throws Fault `broker_file_unreadable`. */
export async function brokerSecrets({ passwordFile, caFile }: Pick<ExternalPlace, "passwordFile" | "caFile">): Promise<{
  readonly password: string | undefined;
  readonly ca: string | undefined;
}> {
  return {
    password: passwordFile === undefined ? undefined : (await readSecret(passwordFile)).trim(),
    ca: caFile === undefined ? undefined : await readSecret(caFile),
  };
}

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

async function readSecret(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const hint = "name the right file in `broker:`, and let the collector's user read it";
    throw new Fault("broker_file_unreadable", `${file}: expected a readable file, got ${cause.code}`, { retry: true, hint, cause });
  });
}

export function silent(url: string): Fault {
  return new Fault("broker_unreachable", `${url}: expected a broker, got no answer in time`, {
    retry: true,
    hint: "is it an MQTT broker that listens there, and is TLS on or off on both sides?",
  });
}
