/**
 * protocol: the only thing agent, collector and simulators share. Everyone imports this file and no other of the
 * folder; the collector's reports also `calendar.ts`, which the agent loads when it needs it.
 */
export * from "./accounting.ts";
export { ByteReader, fromHex, toHex } from "./bytes.ts";
export type { CronLine, DailyWindow } from "./calendar.ts";
export * from "./catalog.ts";
export * from "./clock-evidence.ts";
export * from "./command-line.ts";
export { type Checked, checkValue, type Problem } from "./config/check.ts";
export { httpHeaders } from "./config/http-headers.ts";
export * from "./config/identifiers.ts";
export * from "./config/load.ts";
export { didYouMean, unknownKey } from "./config/nearest.ts";
export * from "./config/quantities.ts";
export * from "./config/time-zone.ts";
export { unit } from "./config/units.ts";
export type { Variables } from "./config/variables.ts";
export { objectKeys } from "./config/wording.ts";
export * from "./control-socket.ts";
export { type BundleParts, writeBundle } from "./doctor/bundle.ts";
export { type DatabaseHeader, queryResting, readDatabaseHeader } from "./doctor/database-file.ts";
export { describeFindings, printable, summarise } from "./doctor/describe.ts";
export * from "./doctor/finding.ts";
export * from "./doctor/program.ts";
export { judgeRealClock } from "./doctor/real-clock.ts";
export * from "./doctor/recent-faults.ts";
export { judgeLog, judgeOtherVersion } from "./doctor/resting-file.ts";
export { withoutSecrets } from "./doctor/secrets.ts";
export { showSoftware, softwareOf } from "./doctor/software.ts";
export { judgeFileSystem, judgeFolder, judgeInodes, mountUnder, roomAt, showRoom } from "./doctor/storage.ts";
export * from "./doctor/tell.ts";
export { readWrittenConfig } from "./doctor/written-config.ts";
export * from "./environment.ts";
export * from "./faults.ts";
export * from "./frame.ts";
export { mayPass, withoutQuery } from "./http.ts";
export { type Labels, labelMap } from "./labels.ts";
export * from "./limits.ts";
export * from "./load-calendar.ts";
export * from "./names.ts";
export * from "./reading.ts";
export { migrate, refuseNewer, type SchemaStep, type VersionedSchema } from "./schema-versions.ts";
export { type Pulse, serviceManager } from "./service-manager.ts";
export * from "./summary.ts";
export * from "./system.ts";
export * from "./time.ts";
export * from "./topics.ts";
export { isTaken, writeWhole } from "./whole-file.ts";
export * from "./wire/ack.ts";
export * from "./wire/batch.ts";
export * from "./wire/body.ts";
export { decodeFrame, encodeFrame } from "./wire/frames.ts";
export {
  type Credit,
  decodeHello,
  encodeHello,
  encodeHelloAck,
  type Hello,
  type HelloAck,
  type HelloAckEpoch,
  type HelloEpoch,
  type SeqRange,
  type Standing,
} from "./wire/hello.ts";
export * from "./wire/identity.ts";
export { pack, unpack } from "./wire/msgpack.ts";
export * from "./wire/status.ts";
