/**
 * finding: what `doctor` says of one thing it looked at, the same for agent and collector.
 *
 * green = in order; yellow = it works, and somebody should look; red = it does not work, or data is at risk. What is
 * not green has a remedy, a command to type where there is one.
 */
import { showDuration } from "../config/quantities.ts";
import type { Clock } from "../environment.ts";
import { isFault } from "../faults.ts";
import { type Micros, micros } from "../time.ts";

export type Verdict = "green" | "yellow" | "red";

export interface Judgement {
  readonly verdict: Verdict;
  readonly found: string;
  readonly remedy?: string | undefined;
  /** What was asked did not answer in its time and may hang for ever: so may the end of this process. */
  readonly hung?: true;
}

export interface Finding extends Judgement {
  /** Name of the check: `clock`, `disk` ... */
  readonly check: string;
}

/** Looks at one thing and changes nothing. */
export interface Check<Patient> {
  readonly name: string;
  /** Default: 5 s. */
  readonly limit?: Micros;
  /** A `Fault` is a red judgement; none at all = it does not apply to this machine. */
  examine(patient: Patient, signal: AbortSignal): Promise<readonly Judgement[]>;
}

const PATIENCE = micros(5_000_000);

export function green(found: string): Judgement {
  return { verdict: "green", found };
}

export function yellow(found: string, remedy: string | undefined): Judgement {
  return { verdict: "yellow", found, remedy };
}

export function red(found: string, remedy: string | undefined): Judgement {
  return { verdict: "red", found, remedy };
}

/** Runs all checks at once, each within its limit; the findings come in the order of the checks. */
export async function examine<Patient>(checks: readonly Check<Patient>[], patient: Patient, clock: Clock): Promise<readonly Finding[]> {
  const findings = await Promise.all(checks.map((check) => examineOne(check, patient, clock)));
  return findings.flat();
}

/** The worst of them. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some(({ verdict }) => verdict === "red")) return "red";
  return findings.some(({ verdict }) => verdict === "yellow") ? "yellow" : "green";
}

async function examineOne<Patient>(check: Check<Patient>, patient: Patient, clock: Clock): Promise<readonly Finding[]> {
  const { name, limit = PATIENCE } = check;
  const giveUp = new AbortController();
  const late = Promise.withResolvers<readonly Finding[]>();
  const timer = clock.after(`doctor ${name}`, limit, () => {
    late.resolve([{ check: name, hung: true, ...red(`no answer within ${showDuration(limit)}`, HUNG) }]);
    giveUp.abort(new Error(`doctor gave up ${name}`));
  });
  try {
    return await Promise.race([late.promise, judged(check, patient, giveUp.signal)]);
  } finally {
    timer.cancel();
  }
}

const HUNG = "a device, a mount or a name server may hang: dmesg | tail";

async function judged<Patient>(check: Check<Patient>, patient: Patient, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    return (await check.examine(patient, signal)).map((judgement) => ({ check: check.name, ...judgement }));
  } catch (error) {
    if (!isFault(error)) throw error;
    return [{ check: check.name, ...red(error.message, error.hint) }];
  }
}
