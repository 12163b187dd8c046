/**
 * flush: asks the running agent to seal and send all it has, and waits until the collector has it.
 */
import { askControl, type Clock, Fault, MICROS_PER_MS, type Micros, micros } from "../../protocol/index.ts";
import type { FlushReport } from "../control/flush.ts";

const LOOK_EVERY = micros(200 * MICROS_PER_MS);

export interface FlushTools {
  readonly clock: Clock;
  readonly print: (text: string) => void;
  /** Takes the place of the line before; undefined where nobody watches. */
  readonly showProgress: ((line: string) => void) | undefined;
  readonly signal: AbortSignal;
}

/** @returns 0 when all of it is acked, 1 when the time is over. @throws Fault `not_running` and what else `askControl` throws. */
export async function flushCommand(
  { control, timeout, json }: { readonly control: string; readonly timeout: Micros; readonly json: boolean },
  { clock, print, showProgress, signal }: FlushTools,
): Promise<number> {
  const began = clock.monotonic();
  let report = (await askControl(control, "/api/v1/flush", { method: "POST", signal })) as FlushReport;
  while (!report.done && report.waiting.batches > 0 && clock.monotonic() - began < timeout && !signal.aborted) {
    showProgress?.(progressLine(report));
    await clock.sleep("flush", LOOK_EVERY, signal).catch(() => undefined); // what was reached by then is told
    report = (await askControl(control, "/api/v1/flush")) as FlushReport;
  }
  const seconds = (clock.monotonic() - began) / 1e6;
  showProgress?.("");
  if (json) print(`${JSON.stringify({ ok: report.done, seconds: Number(seconds.toFixed(3)), ...report }, null, 2)}\n`);
  else if (report.done) print(doneLine(report, seconds));
  else throw notDone(report, seconds);
  return report.done ? 0 : 1;
}

function progressLine({ batches, waiting, uplink }: FlushReport): string {
  const connection = uplink.phase === "open" ? "" : `, ${uplink.trouble ?? `connecting to ${uplink.url}`}`;
  return `${batches - waiting.batches} of ${batches} batches acked, ${waiting.readings} readings to go${connection}`;
}

function doneLine({ batches, readings, inWindows }: FlushReport, seconds: number): string {
  const windows = inWindows === 0 ? "" : `${inWindows} readings stay in open windows of filters until those end.\n`;
  if (batches === 0) return `Nothing waited: the collector has it all.\n${windows}`;
  return `The collector has it: ${readings} readings in ${batches} batches, acked within ${seconds.toFixed(1)} s.\n${windows}`;
}

function notDone({ batches, waiting, unsealed, dropping, uplink }: FlushReport, seconds: number): Fault {
  if (dropping !== undefined) {
    return new Fault("readings_dropped", `expected all readings kept, new ones are being dropped: ${dropping.message}`, {
      ...(dropping.hint !== undefined && { hint: dropping.hint }),
    });
  }
  if (waiting.batches === 0) {
    return new Fault("not_sealed", `expected all readings sealed, ${unsealed} are still open`, {
      hint: "tributary-agent status says why: a clock that nobody vouches for, or a full disk; they are kept and go by themselves",
    });
  }
  const acked = batches - waiting.batches;
  const why =
    uplink.phase === "open"
      ? (uplink.refusal ?? "the collector is slow to answer")
      : (uplink.trouble ?? `not connected to ${uplink.url} yet`);
  return new Fault(
    "not_acked",
    `expected ${batches} batches acked, got ${acked} within ${seconds.toFixed(0)} s (${waiting.readings} readings wait): ${why}`,
    { hint: "they stay in the spool and go by themselves; --timeout 10m waits longer, tributary-agent doctor looks for the reason" },
  );
}
