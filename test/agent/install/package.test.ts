/**
 * The bundles: one file for each program and thread that does what the sources do, lazily where they are lazy, with the terms of all that is inside.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram, type ProgramName } from "../../../agent/install/package/bundle.ts";
import { architectureOf } from "../../../agent/install/package/platform.ts";
import { programTree } from "../../../agent/install/package/program.ts";
import { RUNTIME_NODE } from "../../../agent/install/package/runtime.ts";
import { addTo, type Tree } from "../../../agent/install/package/tree.ts";
import { faultCode } from "../../collector/fault-code.ts";
import { serve } from "../../support/http-server.ts";
import { tcpDevice } from "../../support/modbus-device.ts";
import { startProgram } from "../../support/processes.ts";
import { inProject, ROOT } from "../../support/project-files.ts";
import { cable } from "../../support/pty.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";
import { accountOf, hourly, startAgent, startCollector, writeAgent } from "../../support/whole-path.ts";

const HOST = architectureOf(process.arch);

/** The packages' files for this machine, on the Node of the tests, in a folder with a space in its name. */
let device: TempDir;
let root: string;
const trees = new Map<ProgramName, Tree>();

beforeAll(async () => {
  device = await tempDir();
  root = device.join("the device");
  for (const program of ["agent", "collector"] as const) {
    trees.set(program, await programTree(ROOT, program, "7.8.9", HOST));
    await addTo(trees.get(program) as Tree, root);
  }
  await fs.mkdir(path.dirname(path.join(root, RUNTIME_NODE)), { recursive: true });
  await fs.symlink(process.execPath, path.join(root, RUNTIME_NODE));
}, 120_000);
afterAll(() => device[Symbol.asyncDispose]());

/** Runs `use` with the tests' programs being those of the packages. */
async function shipped<T>(use: () => Promise<T>): Promise<T> {
  const before = process.env.TRIBUTARY_PROGRAMS;
  process.env.TRIBUTARY_PROGRAMS = root;
  try {
    return await use();
  } finally {
    if (before === undefined) delete process.env.TRIBUTARY_PROGRAMS;
    else process.env.TRIBUTARY_PROGRAMS = before;
  }
}

async function outputOf(command: string, ...args: readonly string[]): Promise<string> {
  await using program = await startProgram({ command, args });
  expect(await program.ended, program.output()).toMatchObject({ code: 0 });
  return program.output();
}

describe("a bundled program", () => {
  test.each(["agent", "collector"] as const)(
    "the %s starts by its launcher, by a link to it, and says the version it was packed with",
    async (name) => {
      const launcher = path.join(root, `usr/bin/tributary-${name}`);
      const link = device.join(`link-to-${name}`);
      await fs.symlink(launcher, link);
      expect(await outputOf(launcher, "--version")).toBe("7.8.9\n");
      expect(await outputOf(link, "--version")).toBe("7.8.9\n");
    },
  );

  test("agent and collector bring a replay the whole way, through the spool's thread and the SQLite binding beside the file", async () => {
    await using dir = await tempDir();
    const rows = Array.from({ length: 100 }, (_, second) => `${1_700_000_000 + second},${20 + second / 100}`);
    await fs.writeFile(dir.join("air.csv"), `time,t\n${rows.join("\n")}\n`);
    const sensors = `  - name: air
    driver: file
    path: ${dir.join("air.csv")}
    columns: { time: time, t: t }
    time_format: unix_s
    every: 1s
    channels: { t: { unit: Cel } }
`;
    await shipped(async () => {
      const { program, url } = await startCollector(dir);
      await using _ = program;
      expect(await fs.readlink(`/proc/${program.pid}/exe`)).toBe(await fs.realpath(process.execPath));
      expect(await fs.readFile(`/proc/${program.pid}/cmdline`, "utf8")).toContain(
        path.join(root, "usr/lib/tributary-collector/collector/bin.js"),
      );
      await using agent = await startAgent(await writeAgent(dir, { name: "box", url, sensors }), "--drain");
      expect(await agent.ended, agent.output()).toMatchObject({ code: 0 });
      expect(agent.output() + program.output()).not.toContain("Warning"); // of Node about a library
      expect(await accountOf(dir, "box")).toMatchObject({ received: 100, stored: 100, balanced: true });
      const reported = await hourly(dir, "--from", "2023-11-14", "--to", "2023-11-15", "--tz", "UTC");
      expect(reported.filter(({ count }) => count === "100")).toHaveLength(1);
    });
  });

  test("the agent reads a serial port, by the native part beside the file, and Modbus, an expression and a driver of the user's own", async () => {
    await using wire = await cable();
    await using device = await tcpDevice({ input: { 0: 215 } });
    await using page = await serve("<p>T=21.5</p>");
    await using dir = await tempDir();
    const text = await fs.readFile(inProject("agent/sensors/README.md"), "utf8");
    await fs.writeFile(dir.join("dice.mjs"), /```js\n(.*?)```/s.exec(text)?.[1] ?? "");
    const config = `agent: box
collector: mqtt://127.0.0.1:1
drivers: [dice.mjs]
sensors:
  - { name: line, driver: serial, port: ${wire.port}, plain: t, first_line: keep }
  - { name: bus, driver: modbus, every: 1s, tcp: "${device.tcp}", registers: { t: { input: 0, scale: 0.1 } } }
  - { name: page, driver: http, every: 1s, url: "${page.url}", match: { t: "T=([0-9.]+)" } }
  - { name: die, driver: dice, every: 1s }
`;
    await fs.writeFile(dir.join("agent.yaml"), config);
    const command = path.join(root, "usr/bin/tributary-agent");
    const trial = (sensor: string) => startProgram({ command, args: ["test", sensor, "--config", dir.join("agent.yaml")] });
    await using line = await trial("line");
    let isRead = false;
    void line.ended.then(() => {
      isRead = true;
    });
    while (!isRead) await Promise.all([wire.say("19.5\n"), new Promise((resolve) => setTimeout(resolve, 100))]);
    expect(line.output()).toContain("19.5");
    for (const [sensor, value] of [
      ["bus", "21.5"],
      ["page", "21.5"],
      ["die", "spots"],
    ] as const) {
      await using program = await trial(sensor);
      expect([sensor, await program.ended, program.output()]).toEqual([sensor, { code: 0, signal: null }, expect.stringContaining(value)]);
    }
  });

  test("the agent's launcher holds its memory small", async () => {
    const launcher = trees.get("agent")?.["usr/bin/tributary-agent"];
    expect(launcher?.content).toMatch(/--max-semi-space-size=1 --max-old-space-size=48 --optimize-for-size/);
  });

  test("names the licence of every library that is inside, and of SQLite", async () => {
    const { sources } = await bundleProgram(ROOT, "collector", HOST);
    const text = await fs.readFile(path.join(root, "usr/share/doc/tributary-collector/copyright"), "utf8");
    const names = new Set(
      sources.map((file) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter((name) => name !== undefined),
    );
    expect(names.size).toBeGreaterThan(20);
    for (const name of names) expect(text).toMatch(new RegExp(`^${name} \\d`, "m"));
    expect(text).toMatch(/^SQLite/m);
    expect(text).toMatch(/^Tributary\n\nMIT License/);
  });
});

/** A project with one program: its entry, a module it imports lazily, a thread. */
async function smallProject(dir: TempDir, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await fs.mkdir(path.dirname(dir.join(name)), { recursive: true });
    await fs.writeFile(dir.join(name), text);
  }
}

async function runBundle(dir: TempDir, ...args: readonly string[]): Promise<string> {
  const { files } = await bundleProgram(await fs.realpath(dir.path), "agent", HOST);
  const bundle = Object.entries(files).map(([name, code]) => [`bundle/${name}`, code]);
  await smallProject(dir, { ...Object.fromEntries(bundle), "bundle/package.json": `{ "type": "module" }` });
  return outputOf(process.execPath, dir.join("bundle/bin.js"), ...args);
}

describe("bundling", () => {
  test("what is imported lazily is evaluated lazily", async () => {
    await using dir = await tempDir();
    await smallProject(dir, {
      "agent/bin.js": `console.log("first"); if (process.argv[2] === "more") await import("./more.ts");`,
      "agent/more.ts": `console.log("more"); export {};`,
    });
    expect(await runBundle(dir)).toBe("first\n");
    expect(await runBundle(dir, "more")).toBe("first\nmore\n");
  });

  test("a thread is a file of its own beside the program, and runs nothing but its main", async () => {
    await using dir = await tempDir();
    await smallProject(dir, {
      "agent/bin.js": `await import("./start.ts");`,
      "agent/start.ts": `import { Worker } from "node:worker_threads";\nimport { start } from "./spool/spool.ts";\nstart().on("message", console.log);`,
      "agent/spool/spool.ts": `import { Worker } from "node:worker_threads";\nexport const start = () => new Worker(new URL("./main.ts", import.meta.url));`,
      "agent/spool/main.ts": `import { parentPort } from "node:worker_threads";\nparentPort?.postMessage("from the thread");`,
    });
    expect(await runBundle(dir)).toBe("from the thread\n");
  });

  test("a thread started in another way than the bundle knows ends the packing, not the first device", async () => {
    await using dir = await tempDir();
    await smallProject(dir, {
      "agent/bin.js": `import { Worker } from "node:worker_threads";\nnew Worker("./agent/spool/main.ts");`,
    });
    await expect(runBundle(dir)).rejects.toThrow("BUG:");
  });

  test("an unknown processor is refused by name", async () => {
    expect(await faultCode(() => architectureOf("riscv64"))).toBe("unknown_architecture");
  });
});
