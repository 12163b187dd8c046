/**
 * scan: what is there to read, what is not there and how it would appear, and a config that is ready to run.
 *
 * Everything it prints is YAML, findings as comments: `scan > agent.yaml` is a config too. It opens no sensor
 * and changes nothing, except with `write`, which makes a file where none is yet.
 */
import { stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { checkName, Fault, nearestName } from "../../protocol/index.ts";
import type { ScanOptions } from "../cli.ts";
import { configText, SPOOL_FOLDER } from "../scan/config-text.ts";
import { type Machine, scanMachine } from "../scan/machine.ts";
import { type Missing, missingIn } from "../scan/missing.ts";
import { type ProposedSensor, proposeSensors } from "../scan/proposal.ts";
import { spoolSizeFor } from "../scan/spool-size.ts";
import { writeNew } from "../scan/write-new.ts";

/** @returns 0. @throws Fault `no_machine`, `bad_name`, `file_exists`, `file_unwritable`. */
export async function scanCommand({ root: asked, json, write, agent }: ScanOptions, print: (text: string) => void): Promise<number> {
  const root = resolve(asked);
  const name = agentName(agent);
  await mustBeMachine(root);
  const machine = await scanMachine(root);
  const sensors = proposeSensors(machine);
  const missing = missingIn(machine, root === "/");
  const size = await spoolSizeFor(SPOOL_FOLDER);
  const config = configText({ agent: name.text, agentComment: name.comment, ...size, root, sensors, serial: machine.serial });
  if (write !== undefined) await writeNew(write, config);

  if (json) print(`${JSON.stringify(asJson(name.text, root, machine, sensors, missing, config, write), null, 2)}\n`);
  else print(asText(machine, sensors, missing, name.comment, config, write));
  return 0;
}

/** A tree without `sys` is a mistyped path, or one that is not there yet: nothing found in it would mean anything. */
async function mustBeMachine(root: string): Promise<void> {
  const sys = join(root, "sys");
  if ((await stat(sys).catch(() => undefined))?.isDirectory() === true) return;
  throw new Fault("no_machine", `--root ${root}: expected the tree of a machine, got none: there is no folder ${sys}`, {
    hint: "name the folder in which `sys` stands; one that a simulator makes is there as soon as it has said so",
  });
}

function agentName(asked: string | undefined): { readonly text: string; readonly comment: string } {
  if (asked !== undefined) return { text: checkName("agent", asked), comment: "as asked for" };
  const host = hostname();
  const text = nearestName(host) || "agent";
  return { text, comment: text === host ? "the host's name" : `from the host's name ${JSON.stringify(host)}, made one that is allowed` };
}

function asText(
  machine: Machine,
  sensors: readonly ProposedSensor[],
  missing: readonly Missing[],
  nameComment: string,
  config: string,
  written: string | undefined,
): string {
  const findings = [
    "Found:",
    ...sensors.map(({ name, driver, comment }) => `  ${driver.padEnd(9)} ${name.padEnd(28)} ${comment}`),
    ...machine.serial.map((path) => `  ${"serial".padEnd(9)} ${path}`),
    ...machine.i2c.map(
      ({ number, held, free }) => `  ${"i2c".padEnd(9)} bus ${number}${addresses("held by drivers", held)}${addresses("free", free)}`,
    ),
    "",
    missing.length === 0
      ? "Nothing is missing of what is looked for."
      : "Not there, and what makes it appear (lines as on a Raspberry Pi; after one of config.txt: reboot):",
    ...missing.map(
      ({ what, remedy, where }) => `  ${`${what}:`.padEnd(40)} ${remedy}${where === "config.txt" ? `   # in ${machine.bootConfig}` : ""}`,
    ),
  ];
  if (written === undefined) {
    const hint = "Ready to run: tributary-agent scan --write agent.yaml, then tributary-agent check --config agent.yaml";
    const comments = [...findings, "", hint, ""].map((line) => `# ${line}`.trimEnd());
    return `${comments.join("\n")}\n${config}`;
  }
  return `${findings.join("\n")}\n\nWritten to ${written} (agent: ${nameComment})\nNext: tributary-agent check --config ${written}\n`;
}

function addresses(what: string, list: readonly number[] | undefined): string {
  if (list === undefined || list.length === 0) return "";
  return `, ${what}: ${list.map((address) => `0x${address.toString(16).padStart(2, "0")}`).join(" ")}`;
}

function asJson(
  agent: string,
  root: string,
  { serial, i2c }: Machine,
  sensors: readonly ProposedSensor[],
  missing: readonly Missing[],
  config: string,
  written: string | undefined,
): object {
  return { agent, root, sensors, serial, i2c, missing, config, ...(written !== undefined && { written }) };
}
