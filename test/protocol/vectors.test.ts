import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { fromHex } from "../../protocol/index.ts";
import { ROOT } from "../support/project-files.ts";
import { CODEC, INDEPENDENT, type Message, toJson, type Vector } from "./vectors/vector.ts";

const FOLDER = path.join(import.meta.dirname, "vectors");
const SPEC = fs.readFileSync(path.join(ROOT, "protocol/SPEC.md"), "utf8");
const MESSAGES = Object.keys(CODEC) as Message[];
const CODES = ["malformed", "version", "crc", "too_big"];

const VECTORS = fs
  .readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .map((file): [string, Vector] => [file.slice(0, -5), JSON.parse(fs.readFileSync(path.join(FOLDER, file), "utf8"))]);

describe("the golden vectors", () => {
  it.each(VECTORS)("%s has every field that a vector has, and no other", (_, vector) => {
    const isRefused = "refused" in vector;
    expect(Object.keys(vector)).toEqual(["title", "message", "hex", isRefused ? "refused" : "decoded"]);
    expect(vector.title).toMatch(/^\S.*\S$/);
    expect(MESSAGES).toContain(vector.message);
    expect(vector.hex).toMatch(/^([0-9a-f]{2})+$/);
    if (isRefused) expect(CODES).toContain(vector.refused);
    else expect(vector.decoded).toBeTypeOf("object");
  });

  it.each(VECTORS)("%s is read by the codec as the file says", (_, vector) => {
    const read = () => CODEC[vector.message](fromHex(vector.hex));
    if ("refused" in vector) expect(read).toThrow(expect.objectContaining({ name: "Fault", code: vector.refused }));
    else expect(toJson(read())).toStrictEqual(vector.decoded);
  });

  it.each(VECTORS)("%s is read by a decoder written from the text alone as the file says", (_, vector) => {
    const read = () => INDEPENDENT[vector.message](fromHex(vector.hex));
    if ("refused" in vector) expect(read).toThrow(/^refused: |incorrect|invalid|Cannot create a Buffer larger/);
    else expect(toJson(read())).toStrictEqual(vector.decoded);
  });

  it("cover every form that SPEC.md names, and nothing that it does not name", () => {
    const seen = new Set<string>();
    for (const [, vector] of VECTORS) if ("decoded" in vector) INDEPENDENT[vector.message](fromHex(vector.hex), seen);
    expect([...seen].sort()).toEqual(formsIn(SPEC).sort());
  });

  it("have every message and every fault of a batch", () => {
    expect(new Set(VECTORS.map(([, { message }]) => message))).toEqual(new Set(MESSAGES));
    expect(new Set(VECTORS.flatMap(([, vector]) => ("refused" in vector ? [vector.refused] : [])))).toEqual(new Set(CODES));
  });

  it("show that a simple agent needs no more forms, and a step up no more bytes, than SPEC.md tells it", () => {
    const hexOf = (name: string) => VECTORS.find(([file]) => file === name)?.[1].hex ?? "";
    const seen = new Set<string>();
    INDEPENDENT.batch(fromHex(hexOf("simplest-agent")), seen);
    const told =
      section("A simple agent")
        .match(/^Forms: (.*)\.$/m)?.[1]
        ?.split(", ") ?? [];
    expect([...seen].sort()).toEqual(told.sort());
    expect(section("A simple agent")).toContain(`60 readings in ${hexOf("simple-agent-compact").length / 2} bytes`);
  });
});

/** The table under "All forms": `| group | name, name |` are the forms "group name". */
function formsIn(text: string): string[] {
  const rows = [...section("All forms", text).matchAll(/^\| ([a-z]+) +\| ([\w, ]+?) +\|/gm)].filter(([, group]) => group !== "of");
  return rows.flatMap(([, group, names]) => (names as string).split(", ").map((name) => `${group} ${name}`));
}

/** The text under a heading of any level, up to the next one. */
function section(title: string, text = SPEC): string {
  return text.split(new RegExp(`^#+ ${title}$`, "m"))[1]?.split(/^#/m)[0] ?? "";
}
