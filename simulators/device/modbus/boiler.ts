/**
 * boiler: a boiler's controller as a slave: what it answers to a question, and how it fails.
 *
 * All registers of one answer are of one instant: a number of several words is never torn.
 */
import { type EpochMicros, micros } from "../../../protocol/index.ts";
import { type FaultWords, faultySensor, type PlannedFault } from "../../faults/index.ts";
import { profileOf, simulatedSensor } from "../../waveforms/index.ts";
import { deviceFaults, ofValues } from "../device-faults.ts";
import { readRegisters } from "./register-map.ts";
import type { Answer, Question } from "./server.ts";

const ILLEGAL_ADDRESS = 2;

export interface BoilerOptions {
  readonly seed: number;
  /** Others are not answered, as on a bus. */
  readonly unit: number;
  readonly faults: readonly PlannedFault<FaultWords>[];
  readonly first: EpochMicros;
}

export function boiler({ seed, unit, faults, first }: BoilerOptions): (question: Question, at: EpochMicros) => Answer {
  const circumstances = { seed, first, now: first, step: micros(1) };
  const sensor = faultySensor(simulatedSensor(profileOf("boiler"), seed), ofValues(faults), circumstances);
  const has = deviceFaults(faults, circumstances);
  const code = (faults.find(({ kind }) => kind.name === "exception")?.settings as { code?: number } | undefined)?.code ?? 4;

  return (question, at) => {
    if (question.unit !== unit || has("timeout", "", at)) return "silence";
    if (has("exception", "", at)) return { exception: code };
    const registers = readRegisters(sensor.tellingAt(at).values, question.first, question.count);
    if (registers === undefined) return { exception: ILLEGAL_ADDRESS };
    return { registers, unit: has("wrong_unit", "", at) ? (unit % 247) + 1 : unit, isCut: has("cut", "", at) };
  };
}
