/**
 * document: a YAML text with the place of everything in it, `${NAME}` filled in from the environment.
 *
 * - One document of YAML 1.2 (so `no` and `on` are texts); a key stands once; unknown tags are refused.
 * - Messages quote the text of the file, so the content of a variable (a password) is never shown.
 */
import type { Alias, Document, Node, ParsedNode, YAMLError } from "yaml";
import { Fault } from "../faults.ts";
import type { Problem } from "./check.ts";
import { fillIn, keyOf, type Variables } from "./variables.ts";

type Yaml = typeof import("yaml");

/** Beyond some levels of aliases of aliases a few lines become gigabytes. */
const MAX_ALIASES = 100;

export interface ConfigDocument {
  /** undefined where the file holds nothing, or comments only. */
  readonly value: unknown;
  /** Variables that are used and not set. */
  readonly problems: readonly Problem[];
  /** Line and column, from 1, of the key or entry at `path`, or of the nearest thing around it. */
  place(path: readonly PropertyKey[]): string;
  /** The value at `path` as it is written, shortened; "nothing" where there is none. */
  source(path: readonly PropertyKey[]): string;
}

/** @throws Fault `bad_yaml` with file, line and column. */
export async function openDocument(text: string, name: string, env: Variables): Promise<ConfigDocument> {
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const documents = yaml.parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const document = Array.isArray(documents) ? documents[0] : undefined;
  if (document === undefined) return { value: undefined, problems: [], place: () => "1:1", source: () => "nothing" };
  const refuse = (offset: number, message: string) => {
    throw new Fault("bad_yaml", `${name}:${place(offset)}: ${message}`, { hint: HINT });
  };

  const wrong = document.errors[0] ?? document.warnings[0];
  if (wrong !== undefined) refuse(wrong.pos[0], describe(wrong, text));
  const second = documents[1];
  if (second !== undefined) refuse(second.range[0], 'expected one document, got a second one behind "---"');
  refuseBadAliases(yaml, document, refuse);

  const problems = fillIn(yaml, document.contents, env);
  return {
    value: toValue(document, refuse),
    problems,
    place: (path) => place(find(yaml, document, path).offset),
    source: (path) => sourceOf(yaml, text, find(yaml, document, path).node),
  };
}

const HINT = 'indent with two spaces, write "key: value", and put texts with special characters in quotes';

function describe(error: YAMLError, text: string): string {
  const unquoted = text.slice(0, error.pos[0] + 1).endsWith("${");
  if (unquoted) return "expected quotes around a value with a variable inside { } or [ ]";
  switch (error.code) {
    case "DUPLICATE_KEY":
      return `expected each key once, got ${JSON.stringify(/^[^:\r\n]*/.exec(text.slice(error.pos[0]))?.[0].trim())} again`;
    case "TAB_AS_INDENT":
      return "expected spaces before the key, got a tab";
    case "BLOCK_AS_IMPLICIT_KEY":
      return 'expected one "key: value" a line; quote a value that holds ": ", and indent the keys of one map alike';
    case "RESOURCE_EXHAUSTION":
      return "expected a few levels of nesting, got too many";
    default:
      return `expected YAML: ${error.message}`;
  }
}

type Refuse = (offset: number, message: string) => void;

function refuseBadAliases(yaml: Yaml, document: Document.Parsed, refuse: Refuse): void {
  yaml.visit(document, {
    Alias: (_key, alias: Alias) => {
      if (alias.resolve(document) === undefined)
        refuse(alias.range?.[0] ?? 0, `expected an anchor &${alias.source} before *${alias.source}`);
    },
  });
}

/** Anchors that hold themselves or multiply without end are refused here: reading the value follows them. */
function toValue(document: Document.Parsed, refuse: Refuse): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return refuse(0, `expected at most ${MAX_ALIASES} aliased values, got aliases that multiply beyond it`);
  }
}

interface Found {
  /** Where the key or entry begins. */
  readonly offset: number;
  /** undefined where the path leads to nothing: the offset is then of what is around it. */
  readonly node: Node | undefined;
}

function find(yaml: Yaml, document: Document.Parsed, path: readonly PropertyKey[]): Found {
  let found: Found = { offset: document.contents?.range?.[0] ?? 0, node: document.contents ?? undefined };
  for (const segment of path) {
    const inside = yaml.isAlias(found.node) ? found.node.resolve(document) : found.node;
    const next = yaml.isMap(inside)
      ? inside.items.find(({ key }) => keyOf(yaml, key) === String(segment))
      : yaml.isSeq(inside)
        ? { key: inside.items[Number(segment)], value: inside.items[Number(segment)] }
        : undefined;
    const start = next?.key as ParsedNode | undefined;
    if (next === undefined || start === undefined) return { offset: found.offset, node: undefined };
    found = { offset: start.range?.[0] ?? found.offset, node: (next.value as Node | null) ?? undefined };
  }
  return found;
}

function sourceOf(yaml: Yaml, text: string, node: Node | undefined): string {
  if (node === undefined || (yaml.isScalar(node) && node.value === null)) return "nothing";
  if (yaml.isScalar(node) && typeof node.value === "string") return JSON.stringify(shorten(node.source ?? ""));
  const written = text.slice(node.range?.[0], node.range?.[1]).trim();
  const short = written.length <= 60 && !written.includes("\n");
  if (short && !yaml.isAlias(node)) return written;
  return yaml.isSeq(node) ? "a list" : yaml.isMap(node) ? "a map" : shorten(written);
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
