import fc from "fast-check";
import { expect, test } from "vitest";
import type { SensorConfig } from "../../../agent/config/config.ts";
import { Fault, micros, type Quality } from "../../../protocol/index.ts";
import { effort } from "../../support/effort.ts";
import { bench, channel, isBalanced, listJournal, polled, scripted, sensor } from "../../support/sampling.ts";

const SECOND = 1_000_000;

/** What a sensor says at its reads, one after the other, again and again. */
const answer = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ value: fc.integer({ min: -50, max: 50 }), quality: fc.constantFrom<Quality>("good", "suspect", "bad") }),
  },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity) },
  { weight: 1, arbitrary: fc.constantFrom("device_busy", "device_failed") },
);
type Answer = number | string | { readonly value: number; readonly quality: Quality };

const filters = fc.constantFrom(
  [],
  [{ deadband: { width: 5, heartbeat: "10s" } }],
  [{ calibrate: { gain: 2 } }, { range: { max: 40 } }, { aggregate: { every: "5s" } }],
  [{ deadband: { width: 5, heartbeat: "10s" } }, { aggregate: { every: "3s" } }],
);

/** What happens from outside, and for how many seconds it goes on so. */
const happening = fc.tuple(
  fc.constantFrom("nothing", "clock trusted", "clock not trusted", "clock set back", "spool full", "spool has room", "restart", "kill"),
  fc.integer({ min: 0, max: 9_000 }),
);

function sensorOf(name: string, answers: readonly Answer[], channels: SensorConfig["channels"]): SensorConfig {
  let next = 0;
  const driver = scripted(() =>
    polled(async () => {
      const said = answers[next++ % answers.length] ?? 0;
      if (typeof said === "string") throw new Fault(said, "no answer", { retry: said === "device_busy" });
      return { values: { t: typeof said === "number" ? said : { ...said, reason: "as_the_driver_says" } } };
    }, "shared"),
  );
  return sensor(name, driver, { channels, every: micros(name === "a" ? 700_000 : SECOND) });
}

test("whatever happens, every reading is in the account once, at every commit", async () => {
  const twoSensors = fc.tuple(filters, filters);
  const script = fc.tuple(fc.array(answer, { minLength: 1, maxLength: 20 }), twoSensors, fc.array(happening, { maxLength: 15 }));
  await fc.assert(
    fc.asyncProperty(script, async ([answers, [first, second], happenings]) => {
      const sensors = [sensorOf("a", answers, [channel("t", first)]), sensorOf("b", answers, [channel("t", second)])];
      let running = bench(sensors);
      const { time } = running;
      running.sampler.start();
      for (const [what, ms] of happenings) {
        if (what === "clock trusted") running.eventClock.offset = time.clock.wall() - time.clock.monotonic();
        if (what === "clock not trusted") running.eventClock.offset = undefined;
        if (what === "clock set back") running.eventClock.offset = (running.eventClock.offset ?? 0) - 7 * SECOND;
        if (what === "spool full") running.journal.fault = new Fault("spool_full", "the spool is full");
        if (what === "spool has room") running.journal.fault = undefined;
        if (what === "restart") await running.sampler.stop();
        if (what === "restart" || what === "kill") {
          const journal = listJournal(running.journal.saved);
          journal.commits.push(...running.journal.commits);
          running.journal.commit = () => new Promise(() => {}); // whoever was killed commits no more
          running = bench(sensors, { journal, time });
          running.sampler.start();
        }
        await time.advance(ms * 1_000);
        expect(isBalanced(running.journal)).toBe(true);
      }
      running.journal.fault = undefined;
      await running.sampler.stop();
      expect(isBalanced(running.journal)).toBe(true);
    }),
    { numRuns: effort("sampler-account", { quick: 50, test: 100, prove: 1_000 }) },
  );
});
