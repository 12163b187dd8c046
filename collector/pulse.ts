/**
 * pulse: whether the collector still does its work, and in what words systemd shows it.
 *
 * That it is asked at all says that the loop runs on which agents are served; what is left is whether journal and
 * store answer. A disk that is full or fails is an answer too: agents are told to wait, and a restart would not help.
 */
import type { Pulse } from "../protocol/index.ts";
import { isDiskTrouble } from "./ingest/disk-trouble.ts";
import type { Journal } from "./ingest/journal.ts";
import type { Store } from "./stores/contract.ts";

/** Never rejects because of the disk. Without an answer of the store it does not resolve. */
export async function pulseOf(
  journal: Pick<Journal, "waitingBytes">,
  store: Pick<Store, "progress">,
  connected: ReadonlySet<string>,
): Promise<Pulse> {
  try {
    await store.progress();
    const kilobytes = Math.ceil(journal.waitingBytes() / 1_000);
    return { isMoving: true, words: `${connected.size} agents connected; ${kilobytes} kB wait for the store` };
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    return { isMoving: true, words: `the disk refuses to be read (${error.code}); agents are asked to wait` };
  }
}
