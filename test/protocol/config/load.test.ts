// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholder of config files
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { duration, type Fault, isFault, loadConfig, parseConfig, size, type Variables } from "../../../protocol/index.ts";
import { tempDir } from "../../support/temp-dir.ts";

const SCHEMA = z.strictObject({
  agent: z.string(),
  every: duration().optional(),
  spool: z.strictObject({ path: z.string(), max_size: size().optional() }).optional(),
  sensors: z.array(z.strictObject({ name: z.string(), every: duration() })).default([]),
  shape: z
    .discriminatedUnion("kind", [z.strictObject({ kind: z.literal("a"), x: z.number() }), z.strictObject({ kind: z.literal("b") })])
    .optional(),
  how: z.union([z.strictObject({ offset: z.number() }), z.strictObject({ points: z.array(z.string()).min(2) })]).optional(),
  many: z.int().min(1).max(9).optional(),
  trust: z.enum(["auto", "system"]).optional(),
});

const parse = (text: string, env: Variables = {}) => parseConfig(text, "agent.yaml", SCHEMA, env);

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error = await work.then(
    () => new Error("expected a fault, it was accepted"),
    (error: unknown) => error,
  );
  if (!isFault(error)) throw error;
  return error;
}

/** name of the mistake -> text of the file, code, how the message begins */
const MISTAKES: Readonly<Record<string, readonly [text: string, code: string, message: string]>> = {
  "an empty file": ["", "config_empty", "agent.yaml: expected a config, got an empty file"],
  "comments only": ["# later\n", "config_empty", "agent.yaml: expected a config"],
  "an empty document": ["---\n...\n", "config_empty", "agent.yaml: expected a config"],
  "a list at the top": ["- a\n- b\n", "bad_config", 'agent.yaml:1:1: expected a map ("key: value" lines), got a list'],
  "a text at the top": ["hello\n", "bad_config", 'agent.yaml:1:1: expected a map ("key: value" lines), got "hello"'],
  "a key twice": ["agent: a\nevery: 1s\nagent: b\n", "bad_yaml", 'agent.yaml:3:1: expected each key once, got "agent" again'],
  "a tab as indentation": ["agent: a\nspool:\n\tpath: x\n", "bad_yaml", "agent.yaml:3:1: expected spaces before the key, got a tab"],
  "two documents": ["agent: a\n---\nagent: b\n", "bad_yaml", "agent.yaml:2:1: expected one document"],
  "an open bracket": ["agent: [1, 2\nevery: 3s\n", "bad_yaml", "agent.yaml:2:1: expected YAML: Flow sequence"],
  "an open quote": ["agent: 'a\n", "bad_yaml", "agent.yaml:2:1: expected YAML: Missing closing 'quote"],
  "two keys on a line": ["agent: a: b\n", "bad_yaml", 'agent.yaml:1:8: expected one "key: value" a line'],
  "a key indented too far": ["agent: a\n  every: 1s\n", "bad_yaml", 'agent.yaml:1:8: expected one "key: value" a line'],
  "a character that YAML keeps for itself": ["agent: @home\n", "bad_yaml", "agent.yaml:1:8: expected YAML: Plain value cannot start with"],
  "a tag nobody knows": ["agent: !secret a\n", "bad_yaml", "agent.yaml:1:8: expected YAML: Unresolved tag: !secret"],
  "a variable without quotes in a list": ["agent: [${A}]\n", "bad_yaml", "agent.yaml:1:10: expected quotes around a value with a variable"],
  "an alias of nothing": ["agent: *name\n", "bad_yaml", "agent.yaml:1:8: expected an anchor &name before *name"],
  "nesting without end": ["[".repeat(100_000), "bad_yaml", "agent.yaml:1:"],
  "aliases that multiply": [aliasBomb(), "bad_yaml", "agent.yaml:1:1: expected at most 100 aliased values"],
  "an unknown key": ["agent: a\nevry: 1s\n", "bad_config", 'agent.yaml:2:1 evry: unknown key; did you mean "every"?'],
  "an unknown key near nothing": [
    "agent: a\nspool: { path: p, q: 1 }\n",
    "bad_config",
    "agent.yaml:2:19 spool.q: unknown key; expected one of path, max_size",
  ],
  "a key of an object's insides": ["agent: a\n__proto__: { every: 1s }\n", "bad_config", "agent.yaml:2:1 __proto__: unknown key"],
  "a key missing at the top": ["every: 1s\n", "bad_config", "agent.yaml:1:1 agent: expected a text, got nothing"],
  "a key missing inside": ["agent: a\nspool:\n  max_size: 1MB\n", "bad_config", "agent.yaml:2:1 spool.path: expected a text, got nothing"],
  "a key without its value": ["agent:\n", "bad_config", "agent.yaml:1:1 agent: expected a text, got nothing"],
  "a number for a text": ["agent: 007\n", "bad_config", "agent.yaml:1:1 agent: expected a text, got 007"],
  "a truth value for a text": ["agent: true\n", "bad_config", "agent.yaml:1:1 agent: expected a text, got true"],
  "a map for a text": ["agent: { a: 1 }\n", "bad_config", "agent.yaml:1:1 agent: expected a text, got { a: 1 }"],
  "a map for a list": ["agent: a\nsensors:\n  name: x\n", "bad_config", 'agent.yaml:2:1 sensors: expected a list ("- " lines), got'],
  "a duration without its unit": [
    "agent: a\nsensors:\n  - name: air\n    every: 10\n",
    "bad_config",
    "agent.yaml:4:5 sensors[0].every: expected a duration like 10s, 1m or 1.5h, got 10; did you mean 10s?",
  ],
  "a unit nobody knows": [
    "agent: a\nevery: 5 parsec\n",
    "bad_config",
    'agent.yaml:2:1 every: expected a duration like 10s, 1m or 1.5h, got "5 parsec"',
  ],
  "a size without its unit": [
    "agent: a\nspool: { path: p, max_size: 500 }\n",
    "bad_config",
    "agent.yaml:2:19 spool.max_size: expected a size like 256MB or 1GiB, got 500; did you mean 500MB?",
  ],
  "a word that is no choice": [
    "agent: a\ntrust: sytem\n",
    "bad_config",
    'agent.yaml:2:1 trust: expected one of auto, system, got "sytem"; did you mean "system"?',
  ],
  "a number beyond its bound": ["agent: a\nmany: 10\n", "bad_config", "agent.yaml:2:1 many: expected a number of at most 9, got 10"],
  "a fraction for a whole number": ["agent: a\nmany: 1.5\n", "bad_config", "agent.yaml:2:1 many: expected a whole number, got 1.5"],
  "no number at all": ["agent: a\nmany: .nan\n", "bad_config", "agent.yaml:2:1 many: expected a number, got .nan"],
  "a kind nobody knows": ["agent: a\nshape: { kind: c }\n", "bad_config", 'agent.yaml:2:10 shape.kind: expected one of a, b, got "c"'],
  "a wrong key inside a kind": [
    "agent: a\nshape: { kind: a, x: no }\n",
    "bad_config",
    'agent.yaml:2:19 shape.x: expected a number, got "no"',
  ],
  "a wrong key inside one of two forms": [
    "agent: a\nhow: { points: [ p ] }\n",
    "bad_config",
    "agent.yaml:2:8 how.points: expected at least 2 entries, got [ p ]",
  ],
  "a value behind an alias": ["agent: &x 1\nevery: *x\n", "bad_config", "agent.yaml:1:1 agent: expected a text, got 1"],
  "an anchor inside itself": ["agent: a\nspool: &s { path: *s }\n", "bad_config", "agent.yaml:2:13 spool.path: expected a text"],
  "a variable that is not set": [
    "agent: a-${NOBODY}\n",
    "bad_config",
    'agent.yaml:1:1 agent: expected the environment variable NOBODY to be set, got "a-${NOBODY}"',
  ],
};

describe("a wrong config file", () => {
  test.each(Object.entries(MISTAKES))("%s is one clear fault with its place", async (_name, [text, code, message]) => {
    const fault = await faultOf(parse(text));
    expect(fault.code).toBe(code);
    expect(fault.message.slice(0, message.length)).toBe(message);
    expect(fault.hint).toBeTruthy();
  });

  test("is told in whole, in the order of the file, ten problems at most", async () => {
    const sensors = Array.from({ length: 12 }, (_, index) => `  - { name: ${index}, every: 1s }`);
    const fault = await faultOf(parse(["many: 0", "sensors:", ...sensors, "agent: 1"].join("\n")));
    const lines = fault.message.split("\n");
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe("agent.yaml:1:1 many: expected a number of at least 1, got 0");
    expect(lines[1]).toBe("agent.yaml:3:7 sensors[0].name: expected a text, got 0");
    expect(lines[10]).toBe("... and 4 more");
  });

  test("quotes a long value shortened", async () => {
    expect((await faultOf(parse(`agent: a\nevery: ${"x".repeat(500)}\n`))).message.length).toBeLessThan(200);
  });
});

describe("a right config file", () => {
  test("comes out parsed, with quantities in base units", async () => {
    expect(await parse("agent: a\nevery: 1.5h\nspool: { path: p, max_size: 1MiB }\n")).toEqual({
      agent: "a",
      every: 5_400_000_000,
      spool: { path: "p", max_size: 1_048_576 },
      sensors: [],
    });
  });

  test("may have a byte order mark, Windows line ends, a document start and few aliases", async () => {
    const config = await parse("\uFEFF---\r\nagent: a\r\nevery: &e 1s\r\nsensors:\r\n  - { name: x, every: *e }\r\n...\r\n");
    expect(config.sensors).toEqual([{ name: "x", every: 1_000_000 }]);
  });

  test("may say no and on, which are texts", async () => {
    expect((await parse("agent: no\n")).agent).toBe("no");
  });
});

describe("the environment", () => {
  test("fills in ${NAME} anywhere in a value, in every style of writing it", async () => {
    const env = { A: "x", B: "y" };
    const config = await parse("agent: ${A}-${B}\nspool: { path: '/${A}' }\nsensors:\n  - { name: \"${B}${B}\", every: 1s }\n", env);
    expect([config.agent, config.spool?.path, config.sensors[0]?.name]).toEqual(["x-y", "/x", "yy"]);
  });

  test("cannot bring in YAML, a number or another variable", async () => {
    const value = "a\nevery: 1s # ${B}";
    expect((await parse("agent: ${A}\n", { A: value, B: "x" })).agent).toBe(value);
    expect((await parse("agent: ${A}\n", { A: "12" })).agent).toBe("12");
  });

  test("leaves $${NAME} as the text ${NAME}", async () => {
    expect((await parse("agent: $${A}\n", { A: "x" })).agent).toBe("${A}");
  });

  test("may hold an empty text", async () => {
    expect((await parse("agent: ${A}\n", { A: "" })).agent).toBe("");
  });

  test("never shows the content of a variable in a message", async () => {
    const fault = await faultOf(
      parse("agent: a\nevery: ${TOKEN}\ntrust: ${TOKEN}\nspool: { path: 1, max_size: '${TOKEN}' }\n", { TOKEN: "hunter2; x" }),
    );
    expect(fault.message).not.toContain("hunter2");
    expect(fault.message).toContain('every: expected a duration like 10s, 1m or 1.5h, got "${TOKEN}"');
  });
});

describe("the file itself", () => {
  test("is read and checked", async () => {
    await using folder = await tempDir();
    const file = join(folder.path, "agent.yaml");
    await writeFile(file, "agent: ${A}\n");
    expect(await loadConfig(file, SCHEMA, { A: "b" })).toMatchObject({ agent: "b" });
  });

  test("a missing one, one behind a file, a folder, other bytes and a giant each have a code of their own", async () => {
    await using folder = await tempDir();
    const at = (name: string) => join(folder.path, name);
    await mkdir(at("folder"));
    await writeFile(at("latin1.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    await writeFile(at("giant.yaml"), `agent: ${"x".repeat(1024 * 1024)}`);
    const codes: Record<string, string> = {};
    for (const name of ["none.yaml", "latin1.yaml/x", "folder", "latin1.yaml", "giant.yaml"]) {
      codes[name] = (await faultOf(loadConfig(at(name), SCHEMA, {}))).code;
    }
    expect(codes).toEqual({
      "none.yaml": "config_missing",
      "latin1.yaml/x": "config_missing",
      folder: "config_unreadable",
      "latin1.yaml": "config_not_text",
      "giant.yaml": "config_too_large",
    });
  });

  test("one of exactly 1 MiB is read", async () => {
    await using folder = await tempDir();
    const file = join(folder.path, "agent.yaml");
    await writeFile(file, `agent: a\n#${"x".repeat(1024 * 1024 - 10)}`);
    expect(await loadConfig(file, SCHEMA, {})).toMatchObject({ agent: "a" });
  });

  test("one that exists and cannot be read is config_unreadable, with the error of the system", async () => {
    const fault = await faultOf(loadConfig("/proc/self/mem", SCHEMA, {})); // EIO, even for root
    expect(fault.code).toBe("config_unreadable");
    expect(fault.message).toBe("/proc/self/mem: expected a readable file, got EIO");
  });

  test.skipIf(process.getuid?.() === 0)("one without read permission is config_unreadable", async () => {
    await using folder = await tempDir();
    const file = join(folder.path, "agent.yaml");
    await writeFile(file, "agent: a\n");
    await chmod(file, 0);
    expect((await faultOf(loadConfig(file, SCHEMA, {}))).code).toBe("config_unreadable");
  });
});

function aliasBomb(): string {
  const level = (name: string, inner: string) => `${name}: &${name} [${Array(10).fill(inner).join(", ")}]`;
  return [level("a", "x"), level("b", "*a"), level("c", "*b"), level("d", "*c"), level("e", "*d"), level("f", "*e")].join("\n");
}
