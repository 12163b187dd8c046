/**
 * describe: what `doctor` found, for a person: a line a finding, below it what to do.
 *
 * What comes from files and devices is shown without control characters: a name must not drive the terminal.
 */
import { type Finding, type Verdict, verdictOf } from "./finding.ts";

const COLOR: Readonly<Record<Verdict, string>> = { green: "32", yellow: "33", red: "31" };
const WIDTH = 6;

/** @param isColored false where nobody looks: a file, a pipe. */
export function describeFindings(findings: readonly Finding[], isColored: boolean): string {
  const widest = Math.max(0, ...findings.map(({ check }) => check.length));
  const indent = " ".repeat(WIDTH + widest + 4);
  const lines = findings.flatMap(({ verdict, check, found, remedy }) => {
    const head = `${painted(verdict, isColored)}  ${check.padEnd(widest)}  `;
    const told = printable(found).split("\n");
    const advice =
      verdict === "green" || remedy === undefined
        ? []
        : printable(remedy)
            .split("\n")
            .map((line) => `-> ${line}`);
    return [head + told[0], ...[...told.slice(1), ...advice].map((line) => indent + line)];
  });
  return `${[...lines, "", total(findings)].join("\n")}\n`;
}

/** In one line, for a list of contents: `14 findings, not green: agent, skew`. */
export function summarise(findings: readonly Finding[]): string {
  const wrong = new Set(findings.filter(({ verdict }) => verdict !== "green").map(({ check }) => check));
  return `${findings.length} findings, ${wrong.size === 0 ? "all green" : `not green: ${[...wrong].join(", ")}`}`;
}

/** Without control characters, line ends kept. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, "?");
}

function painted(verdict: Verdict, isColored: boolean): string {
  const word = verdict.padEnd(WIDTH);
  return isColored ? `\u001B[${COLOR[verdict]}m${word}\u001B[0m` : word;
}

function total(findings: readonly Finding[]): string {
  const count = (wanted: Verdict) => findings.filter(({ verdict }) => verdict === wanted).length;
  const counts = `${count("green")} green, ${count("yellow")} yellow, ${count("red")} red`;
  const verdict = verdictOf(findings);
  const meaning = { green: "all in order", yellow: "it works; look at what is yellow", red: "something is wrong; see what is red" };
  return `${counts}: ${meaning[verdict]}`;
}
