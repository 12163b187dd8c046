/**
 * protocol: the only thing agent, collector and simulators share. Everyone imports this file and no other of the folder.
 */
export * from "./accounting.ts";
export { fromHex, toHex } from "./bytes.ts";
export * from "./catalog.ts";
export * from "./config/load.ts";
export * from "./config/quantities.ts";
export * from "./environment.ts";
export * from "./faults.ts";
export * from "./frame.ts";
export * from "./limits.ts";
export * from "./names.ts";
export * from "./reading.ts";
export * from "./summary.ts";
export * from "./system.ts";
export * from "./time.ts";
export * from "./topics.ts";
export * from "./wire/ack.ts";
export * from "./wire/batch.ts";
export * from "./wire/body.ts";
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
} from "./wire/hello.ts";
export * from "./wire/identity.ts";
export * from "./wire/status.ts";
