/**
 * limits: a bound for everything that comes from outside. SPEC.md lists the same table, and a test compares them.
 */
export const LIMITS = {
  /** Bytes of a batch as published, header included. */
  batchBytes: 96 * 1024,
  /** Bytes of a batch body after inflating. */
  bodyBytes: 1024 * 1024,
  readingsPerBatch: 5_000,
  seriesPerBatch: 512,
  /** Channels of one sensor that share a frame. */
  channelsPerFrame: 32,
  stringBytes: 256,
  nesting: 4,
  /** msgpack tokens in one body. */
  tokens: 50_000,
  /** First packet of a connection. */
  connectBytes: 8 * 1024,
  /** Every later packet. */
  packetBytes: 128 * 1024,
  /** Time from the TCP connection to a complete CONNECT. */
  connectMs: 10_000,
  topicsPerSubscribe: 16,
  /** Ranges a hello or hello-ack lists for one epoch. */
  rangesPerEpoch: 256,
  epochsPerHello: 64,
  /** That a collector knows of one agent. */
  epochsPerAgent: 1_024,
  catalogsPerHello: 64,
  /** That a collector knows of one agent. */
  catalogsPerAgent: 256,
  labelsPerAgent: 16,
  gapsPerBatch: 512,
  acksPerMessage: 512,
} as const;
