/**
 * tell: what `doctor` answers, the same on both sides: the findings in words or JSON, the bundle where asked for, the exit code.
 */
import { EXIT } from "../command-line.ts";
import { type BundleParts, writeBundle } from "./bundle.ts";
import { describeFindings } from "./describe.ts";
import { type Finding, verdictOf } from "./finding.ts";

export interface DoctorQuestion {
  readonly json: boolean;
  /** Where to write the bundle; undefined = none. */
  readonly bundle?: string;
  /** A bundle may take the place of a file. */
  readonly force: boolean;
}

export interface DoctorTerminal {
  readonly isColored: boolean;
  print(text: string): void;
}

export interface DoctorOutcome {
  /** 0 = green or yellow, 1 = something is red. */
  readonly code: number;
  /** Something that was asked hangs, and would keep this process from ending. */
  readonly isHanging: boolean;
}

/** @param parts what goes into a bundle; asked for only where there is to be one. @throws Fault of `writeBundle`. */
export async function tellFindings(
  findings: readonly Finding[],
  { json, bundle: file, force }: DoctorQuestion,
  parts: () => Promise<BundleParts>,
  { isColored, print }: DoctorTerminal,
): Promise<DoctorOutcome> {
  const verdict = verdictOf(findings);
  if (!json) print(describeFindings(findings, isColored));
  const packed = file === undefined ? undefined : await writeBundle(await parts(), { file, force });
  if (json) print(`${JSON.stringify({ ok: verdict !== "red", verdict, findings, bundle: file }, null, 2)}\n`);
  else if (packed !== undefined) print(`\n${packed}`);
  return { code: verdict === "red" ? EXIT.failed : EXIT.done, isHanging: findings.some(({ hung }) => hung === true) };
}
