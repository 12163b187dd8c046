/**
 * device: says on which device the spool is used. On another one than before it may be a copy whose origin goes on
 * elsewhere, so nothing more is sealed in its epoch (rule 8): two devices never count in the same one.
 */
import type { SpoolFile } from "./spool-file.ts";

/** @param fingerprint hex; empty = there is nothing to tell the device by, and nothing changes. */
export function useDevice(spool: SpoolFile, fingerprint: string): void {
  if (fingerprint === "") return;
  spool.transaction(() => {
    const before = spool.meta.text("device");
    if (before === fingerprint) return;
    if (before !== undefined) spool.epochs.mint("moved");
    spool.meta.set("device", fingerprint);
  });
}
