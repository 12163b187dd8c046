/**
 * sensors: does each of them answer?
 *
 * A running agent is asked, for it has the devices open. Where none runs, each sensor is read once, as `test` does;
 * those of one bus one after the other, and none behind one that does not answer. Where that is not certain nothing is
 * touched.
 */
import {
  bug,
  type Check,
  type Environment,
  green,
  isFault,
  isStopped,
  type Judgement,
  MICROS_PER_SECOND,
  type Micros,
  micros,
  red,
  yellow,
} from "../../protocol/index.ts";
import { type Plan, planSampling, type SensorPlan } from "../sampling/plan.ts";
import { openDriver } from "../sampling/sampler.ts";
import type { SensorStatus } from "../sampling/sensor-state.ts";
import { trySensor } from "../sampling/trial.ts";
import type { Patient } from "./patient.ts";

/** Of one sensor: a conversion of a 1-wire sensor takes a second, a DHT needs a few tries. */
const PATIENCE = micros(5 * MICROS_PER_SECOND);
const LIMIT = micros(20 * MICROS_PER_SECOND);
/** A call of a driver that takes longer than this hangs. */
const HANGS = 30 * MICROS_PER_SECOND;

export const sensors: Check<Patient> = {
  name: "sensors",
  limit: LIMIT,
  async examine(patient) {
    const status = await patient.running;
    if (!isFault(status)) return status.sensors.map((sensor) => judgeRunning(sensor, patient.environment.clock.monotonic()));
    if (!isStopped(status)) return [yellow("not asked: an agent that does not answer here may have them open", status.hint)];
    return readAll(patient);
  },
};

function judgeRunning({ name, driver, activity, fault, lastSampleAt, busySince, tally }: SensorStatus, now: Micros): Judgement {
  const who = `${name} (${driver})`;
  const ago = lastSampleAt === undefined ? "no reading in this run" : `last reading ${seconds(now - lastSampleAt)} ago`;
  const isHanging = busySince !== undefined && now - busySince > HANGS;
  if (isHanging)
    return red(
      `${who}: has not answered for ${seconds(now - busySince)}; ${ago}`,
      "check the wiring and the bus, then restart the agent; dmesg | tail",
    );
  if (fault === undefined) return green(`${who}: ${activity}, ${tally.read} readings, ${ago}`);
  const found = `${who}: ${fault.message}; ${ago}`;
  return activity === "running" ? yellow(found, fault.hint) : red(found, fault.hint);
}

async function readAll({ config, environment }: Patient): Promise<readonly Judgement[]> {
  const plan = planSampling(config);
  const byBus = Map.groupBy(plan.sensors, (sensor) => openDriver(plan, sensor, environment).bus);
  const judged = new Map<SensorPlan, Judgement>();
  const readBus = async (ofBus: readonly SensorPlan[]) => {
    let hanging: SensorPlan | undefined;
    for (const sensor of ofBus) {
      const judgement = hanging === undefined ? await readOnce(plan, sensor, environment) : notAsked(sensor, hanging);
      judged.set(sensor, judgement);
      if (judgement.hung) hanging = sensor;
    }
  };
  await Promise.all([...byBus.values()].map(readBus));
  return plan.sensors.map((sensor) => judged.get(sensor) ?? bug(`${sensor.name} was not judged`));
}

async function readOnce(plan: Plan, sensor: SensorPlan, environment: Environment): Promise<Judgement> {
  try {
    const channels = await trySensor(plan, sensor, environment, PATIENCE);
    const values = channels.map(({ channel, raw, unit }) => `${channel} ${raw === undefined ? "-" : `${raw.value} ${unit}`}`);
    return green(`${who(sensor)} answers: ${values.join(", ")}`);
  } catch (error) {
    if (!isFault(error)) throw error;
    const judgement = red(`${who(sensor)}: ${error.message}`, error.hint);
    return error.code === "no_answer" ? { ...judgement, hung: true } : judgement;
  }
}

function notAsked(sensor: SensorPlan, hanging: SensorPlan): Judgement {
  return red(`${who(sensor)}: not asked, for ${hanging.name} on the same bus does not answer`, undefined);
}

function who({ name, driver }: Pick<SensorPlan, "name" | "driver">): string {
  return `${name} (${driver.name})`;
}

function seconds(span: number): string {
  return `${(span / MICROS_PER_SECOND).toFixed(span < 10 * MICROS_PER_SECOND ? 1 : 0)} s`;
}
