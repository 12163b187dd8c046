/**
 * load: a YAML file into a checked config, or one clear fault that says where, what and what to do.
 *
 * Every broken rule becomes a line `agent.yaml:12:5 sensors[0].every: expected a duration like 10s, got 10`,
 * at most ten of them, in the order of the file. The config is whole or it is not there.
 */
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { Fault } from "../faults.ts";
import { checkValue, type Problem } from "./check.ts";
import { type ConfigDocument, openDocument } from "./document.ts";
import { type Located, type Merged, mergeDocuments, type NamedDocument } from "./merge.ts";
import type { Variables } from "./variables.ts";

const MAX_BYTES = 1024 * 1024;
const MAX_PROBLEMS = 10;
const MAX_DROP_INS = 100;

/**
 * Reads and checks `file`, with its drop-ins in their order, against `schema`.
 * @throws Fault `config_missing`, `config_unreadable`, `config_too_large`, `config_not_text`, and those of `parseConfig`.
 */
export async function loadConfig<T>(file: string, schema: z.ZodType<T>, env: Variables, dropIns: readonly string[] = []): Promise<T> {
  const texts: [ConfigText, ...ConfigText[]] = [await readText(file)];
  for (const dropIn of dropIns) texts.push(await readText(dropIn));
  return parseTexts(texts, schema, env);
}

/** @throws Fault `bad_yaml`, `config_empty`, `bad_config`; `name` stands for the file in the messages. */
export function parseConfig<T>(text: string, name: string, schema: z.ZodType<T>, env: Variables): Promise<T> {
  return parseTexts([{ name, text }], schema, env);
}

/** Files of a folder that end in `.yaml` or `.yml`, by name; none where there is no folder. @throws Fault `config_unreadable`. */
export async function dropInFiles(folder: string): Promise<readonly string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
    if (names.length <= MAX_DROP_INS) return names.map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw unreadable(folder, error as NodeJS.ErrnoException);
  }
  throw new Fault("config_too_large", `${folder}: expected at most ${MAX_DROP_INS} files, got more`, {
    hint: "put several sensors into one",
  });
}

interface ConfigText {
  readonly name: string;
  readonly text: string;
}

async function readText(file: string): Promise<ConfigText> {
  return { name: file, text: decode(file, await readLimited(file)) };
}

async function parseTexts<T>([main, ...dropIns]: readonly [ConfigText, ...ConfigText[]], schema: z.ZodType<T>, env: Variables): Promise<T> {
  const open = async ({ name, text }: ConfigText) => ({ name, document: await openDocument(text, name, env) });
  const documents: [NamedDocument, ...NamedDocument[]] = [await open(main)];
  for (const dropIn of dropIns) documents.push(await open(dropIn));
  const merged = mergeDocuments(documents);
  const isEmpty = dropIns.length === 0 && (merged.value === undefined || merged.value === null);
  const checked = await checkValue(schema, merged.value ?? {});
  const unset = documents.flatMap(({ name, document }) => document.problems.map((problem) => ({ ...problem, name, document })));
  if (isEmpty && checked.problems?.every(({ message }) => message.startsWith("expected"))) {
    throw new Fault("config_empty", `${main.name}: expected a config, got an empty file`, {
      hint: `write the keys it needs: ${missing(checked.problems)}`,
    });
  }
  const broken = (checked.problems ?? []).map((problem) => placed(problem, merged));
  if (checked.problems !== undefined || unset.length > 0 || merged.problems.length > 0) {
    throw refusal(main.name, [...unset, ...merged.problems, ...unsaid(broken, unset)]);
  }
  return checked.value;
}

interface PlacedProblem extends Located {
  readonly message: string;
}

/** Of two places that must differ, the other is said with its file and line. */
function placed({ path, message, also }: Problem, merged: Merged): PlacedProblem {
  if (also === undefined) return { ...merged.locate(path), message };
  const other = merged.locate(also);
  return { ...merged.locate(path), message: `${message}; ${other.name}:${other.document.place(other.path)} has this one` };
}

/** A variable that is not set says it all of its place. */
function unsaid(broken: readonly PlacedProblem[], unset: readonly PlacedProblem[]): readonly PlacedProblem[] {
  const places = new Set(unset.map(({ name, path }) => `${name} ${showPath(path)}`));
  return broken.filter(({ name, path }) => !places.has(`${name} ${showPath(path)}`));
}

function refusal(main: string, problems: readonly PlacedProblem[]): Fault {
  const located = problems.map((problem) => ({ problem, place: problem.document.place(problem.path) }));
  const files = [...new Set([main, ...problems.map(({ name }) => name)])];
  located.sort((a, b) => files.indexOf(a.problem.name) - files.indexOf(b.problem.name) || comparePlaces(a.place, b.place));
  const lines = located.map(({ problem, place }) => {
    const { name, path, message, document } = problem;
    return `${name}:${place}${path.length > 0 ? " " : ""}${showPath(path)}: ${sentence({ path, message }, document)}`;
  });
  const shown = lines.slice(0, MAX_PROBLEMS);
  if (lines.length > MAX_PROBLEMS) shown.push(`... and ${lines.length - MAX_PROBLEMS} more`);
  const what = lines.length === 1 ? "this place" : "these places";
  const named = [...new Set(located.map(({ problem }) => problem.name))];
  return new Fault("bad_config", shown.join("\n"), {
    hint: `correct ${what} in ${named.join(" and ")} and start again; nothing was changed`,
  });
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
