/**
 * load: a YAML file into a checked config, or one clear fault that says where, what and what to do.
 *
 * Every broken rule becomes a line `agent.yaml:12:5 sensors[0].every: expected a duration like 10s, got 10`,
 * at most ten of them, in the order of the file. The config is whole or it is not there.
 */
import { createReadStream } from "node:fs";
import type { z } from "zod";
import { Fault } from "../faults.ts";
import { checkValue, type Problem } from "./check.ts";
import { type ConfigDocument, openDocument } from "./document.ts";
import type { Variables } from "./variables.ts";

const MAX_BYTES = 1024 * 1024;
const MAX_PROBLEMS = 10;

/**
 * Reads and checks `file` against `schema`.
 * @throws Fault `config_missing`, `config_unreadable`, `config_too_large`, `config_not_text`, and those of `parseConfig`.
 */
export async function loadConfig<T>(file: string, schema: z.ZodType<T>, env: Variables): Promise<T> {
  return parseConfig(decode(file, await readLimited(file)), file, schema, env);
}

/** @throws Fault `bad_yaml`, `config_empty`, `bad_config`; `name` stands for the file in the messages. */
export async function parseConfig<T>(text: string, name: string, schema: z.ZodType<T>, env: Variables): Promise<T> {
  const document = await openDocument(text, name, env);
  const isEmpty = document.value === undefined || document.value === null;
  const checked = await checkValue(schema, document.value ?? {});
  const problems = [...document.problems, ...(checked.problems ?? [])];
  if (isEmpty && checked.problems?.every(({ message }) => message.startsWith("expected"))) {
    throw new Fault("config_empty", `${name}: expected a config, got an empty file`, {
      hint: `write the keys it needs: ${missing(checked.problems)}`,
    });
  }
  if (checked.problems !== undefined || problems.length > 0) throw refusal(name, document, problems);
  return checked.value;
}

function refusal(name: string, document: ConfigDocument, problems: readonly Problem[]): Fault {
  const placed = problems.map((problem) => ({ problem, place: document.place(problem.path) }));
  placed.sort((a, b) => comparePlaces(a.place, b.place));
  const unset = new Set(document.problems.map(({ path }) => showPath(path)));
  const lines = placed
    .filter(({ problem }) => document.problems.includes(problem) || !unset.has(showPath(problem.path)))
    .map(
      ({ problem, place }) =>
        `${name}:${place}${problem.path.length > 0 ? " " : ""}${showPath(problem.path)}: ${sentence(problem, document)}`,
    );
  const shown = lines.slice(0, MAX_PROBLEMS);
  if (lines.length > MAX_PROBLEMS) shown.push(`... and ${lines.length - MAX_PROBLEMS} more`);
  const what = lines.length === 1 ? "this place" : "these places";
  return new Fault("bad_config", shown.join("\n"), { hint: `correct ${what} in ${name} and start again; nothing was changed` });
}

/** What came is quoted from the file, never from the value: a variable's content stays out of messages. */
function sentence({ path, message }: Problem, document: ConfigDocument): string {
  if (!message.startsWith("expected")) return message;
  const [expected = "", ...rest] = message.replace(/, got ("(?:[^"\\]|\\.)*"|[^;]*)/, "").split("; ");
  const source = document.source(path);
  const advice = source.includes("${") ? [] : rest; // an offer may be made of the value
  return [`${expected}, got ${source}`, ...advice].join("; ");
}

/** `sensors[0].channels.temperature`. */
function showPath(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`)).join("");
}

function comparePlaces(a: string, b: string): number {
  const [lineA = 0, columnA = 0] = a.split(":").map(Number);
  const [lineB = 0, columnB = 0] = b.split(":").map(Number);
  return lineA - lineB || columnA - columnB;
}

function missing(problems: readonly Problem[]): string {
  return problems.map(({ path }) => showPath(path)).join(", ");
}

async function readLimited(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(file, { end: MAX_BYTES })) chunks.push(chunk);
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length <= MAX_BYTES) return bytes;
  throw new Fault("config_too_large", `${file}: expected at most 1 MiB, got more`, { hint: "is this the config file?" });
}

function unreadable(file: string, cause: NodeJS.ErrnoException): Fault {
  if (cause.code === "ENOENT" || cause.code === "ENOTDIR") {
    return new Fault("config_missing", `${file}: expected a config file, there is none`, {
      hint: "name another with --config FILE",
      cause,
    });
  }
  const directory = cause.code === "EISDIR";
  const came = directory ? "a directory" : `${cause.code ?? cause.message}`;
  const hint = directory ? "name the file inside it" : `let the user who runs this read it; its owner and rights: ls -l ${file}`;
  return new Fault("config_unreadable", `${file}: expected a readable file, got ${came}`, { hint, cause });
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Fault("config_not_text", `${file}: expected UTF-8 text, got other bytes`, { hint: "save the file as UTF-8", cause });
  }
}
