/**
 * licences: the terms of everything that is inside a bundle, as one text for /usr/share/doc/PACKAGE/copyright.
 *
 * Each library is named once with its version; a text that several share is printed once, under all their names.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../../protocol/index.ts";

interface Library {
  readonly title: string;
  readonly text: string;
}

/** SQLite is part of the binding, not a package of its own. */
const SQLITE: Library = {
  title: "SQLite (inside the binding of better-sqlite3)",
  text: "The authors of SQLite disclaim copyright to its source code and dedicate it to the public domain: https://sqlite.org/copyright.html",
};

/**
 * @param sources the files that went into the bundle.
 * @throws Fault `no_licence` where a library says nothing about its terms.
 */
export async function licencesOf(project: string, sources: readonly string[]): Promise<string> {
  const folders = new Set(sources.map(libraryFolder).filter((folder) => folder !== undefined));
  const libraries = [...(await Promise.all([...folders].sort().map(readLibrary))), SQLITE];
  const titlesOf = new Map<string, string[]>();
  for (const { title, text } of libraries) titlesOf.set(text, [...(titlesOf.get(text) ?? []), title]);

  const own = (await readFile(path.join(project, "LICENSE"), "utf8")).trim();
  const parts = [...titlesOf].map(([text, titles]) => `${[...new Set(titles)].join("\n")}\n\n${text}`);
  return `${["Tributary", own].join("\n\n")}\n\nIt contains these libraries.\n\n${parts.map((part) => `${"-".repeat(80)}\n${part}\n`).join("\n")}`;
}

/** The folder of the package a file belongs to: the last `node_modules/name` or `node_modules/@scope/name` of its path. */
function libraryFolder(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

async function readLibrary(folder: string): Promise<Library> {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const title = `${name} ${version}`;
  const file = (await readdir(folder)).sort().find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file !== undefined) return { title, text: (await readFile(path.join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim() };
  if (typeof license === "string") return { title, text: `Licence: ${license}, as its package.json says; the package carries no text.` };
  throw new Fault("no_licence", `${folder}: expected a licence file or a "license" in package.json, got neither`);
}
