/**
 * merge: several documents as one: a config and its drop-ins.
 *
 * Lists of the same key are put one behind the other, maps key by key. What stands in two files is refused with both
 * places: nobody has to know which file is read last. Of everything in the whole it is known where it is written.
 */
import type { ConfigDocument } from "./document.ts";

export interface NamedDocument {
  /** Of the file, for messages. */
  readonly name: string;
  readonly document: ConfigDocument;
}

/** A place in one of the files. */
export interface Located extends NamedDocument {
  readonly path: readonly PropertyKey[];
}

export interface Merged {
  readonly value: unknown;
  /** What two files say, or what is no map of keys. */
  readonly problems: readonly (Located & { readonly message: string })[];
  locate(path: readonly PropertyKey[]): Located;
}

type Value = Readonly<Record<string, unknown>>;

/** @param documents the main one first. */
export function mergeDocuments(documents: readonly [NamedDocument, ...NamedDocument[]]): Merged {
  const [main, ...dropIns] = documents;
  if (dropIns.length === 0) return { value: main.document.value, problems: [], locate: (path) => ({ ...main, path }) };
  const problems: (Located & { readonly message: string })[] = [];
  const value: Record<string, unknown> = {};
  /** By key, by `key/index` of a list, and by `key/key` of a map. */
  const origins = new Map<string, Located>();

  function refuse(named: NamedDocument, path: readonly string[], known: Located): void {
    problems.push({ ...named, path, message: `expected ${path.join(".")} in one file, it is in ${whereOf(known)} too` });
  }

  /** Enters what one file says at `path`, one or two keys deep. */
  function enter(named: NamedDocument, target: Record<string, unknown>, path: readonly string[], found: unknown): void {
    const key = path.at(-1) ?? "";
    const known = origins.get(path.join("/"));
    const isFirst = known === undefined;
    if (isFirst) origins.set(path.join("/"), { ...named, path });
    if (path.length === 1 && Array.isArray(found) && (isFirst || Array.isArray(target[key]))) {
      if (isFirst) target[key] = [];
      const list = target[key] as unknown[];
      for (const [index, entry] of found.entries()) {
        origins.set([...path, list.length].join("/"), { ...named, path: [...path, index] });
        list.push(entry);
      }
    } else if (path.length === 1 && isMap(found) && (isFirst || isMap(target[key]))) {
      if (isFirst) target[key] = {};
      const map = target[key] as Record<string, unknown>;
      for (const [inner, entry] of Object.entries(found)) enter(named, map, [...path, inner], entry);
    } else if (isFirst) target[key] = found;
    else refuse(named, path, known);
  }

  for (const named of documents) {
    const content = named.document.value ?? {};
    if (!isMap(content)) problems.push({ ...named, path: [], message: 'expected a map ("key: value" lines)' });
    else for (const [key, found] of Object.entries(content)) enter(named, value, [key], found);
  }
  return {
    value,
    problems,
    locate(path) {
      const [key, inner, ...rest] = path;
      const origin = inner === undefined ? undefined : origins.get(`${String(key)}/${String(inner)}`);
      if (origin !== undefined) return { ...origin, path: [...origin.path, ...rest] };
      const outer = key === undefined ? undefined : origins.get(String(key));
      return { ...(outer ?? main), path };
    },
  };
}

function whereOf({ name, document, path }: Located): string {
  return `${name}:${document.place(path)}`;
}

function isMap(value: unknown): value is Value {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
