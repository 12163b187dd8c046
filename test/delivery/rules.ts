/**
 * rules: the parts of the product that the simulation drives. A mutant wraps one of them; the product has no switch.
 */
import type Database from "better-sqlite3";
import { useDevice } from "../../agent/spool/device.ts";
import { reconcile } from "../../agent/spool/reconcile.ts";
import { reseal } from "../../agent/spool/reseal.ts";
import { type BatchKey, SpoolFile } from "../../agent/spool/spool-file.ts";
import { step as agentStep } from "../../agent/uplink/delivery.ts";
import { step as collectorStep } from "../../collector/ingest/delivery.ts";
import type { Answer, Random } from "../../protocol/index.ts";

export interface Rules {
  readonly agentStep: typeof agentStep;
  readonly collectorStep: typeof collectorStep;
  readonly markAcked: (spool: SpoolFile, answers: readonly Answer[]) => void;
  readonly reconcile: typeof reconcile;
  readonly reseal: typeof reseal;
  readonly openSpool: (db: Database.Database, random: Random) => SpoolFile;
  readonly useDevice: typeof useDevice;
  readonly bytesToSend: (spool: SpoolFile, key: BatchKey, now: number) => Uint8Array | undefined;
  /** What the store tells readings apart by. */
  readonly keyOf: (reading: number, row: number) => string;
}

export const RULES: Rules = {
  agentStep,
  collectorStep,
  markAcked: (spool, answers) => spool.markAcked(answers),
  reconcile,
  reseal,
  openSpool: (db, random) => new SpoolFile(db, random),
  useDevice,
  bytesToSend: (spool, key, now) => spool.bytesToSend(key, now),
  keyOf: (reading) => `${reading}`,
};
