/**
 * waveform: a made-up quantity as a pure function of the instant.
 *
 * Every waveform here can be asked for any instant in any order and gives the same value for the same seed:
 * there is no state, no clock and no generator that runs along. So a replay can start anywhere, be cut off
 * anywhere and go on, and a test can compute any value of it again.
 */
import type { EpochMicros } from "../../protocol/index.ts";

export type Waveform = (at: EpochMicros) => number;
