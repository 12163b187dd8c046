/**
 * Access as a user meets it: the programs as processes, their words on the terminal, requests over the port.
 */
import fs from "node:fs/promises";
import http from "node:http";
import { expect, test } from "vitest";
import { type Program, startProgram } from "../support/processes.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { startAgent, writeAgent } from "../support/whole-path.ts";

const COMMAND = "collector/bin.js";

async function writeConfig(dir: TempDir, lines: readonly string[]): Promise<string> {
  const file = dir.join("collector.yaml");
  await fs.writeFile(file, `${["data: ./data", ...lines].join("\n")}\n`);
  return file;
}

/** Runs what follows with a stdout that is the journal, as systemd tells a service (systemd.exec(5)). */
const INTO_JOURNAL = ["-c", 'exec 3>&1; export JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/3); exec "$@"', "sh", process.execPath];

async function startCollector(config: string, isService = false): Promise<{ program: Program; url: string; mqtt: string }> {
  const run = [COMMAND, "run", "--config", config];
  const program = await startProgram(isService ? { command: "sh", args: [...INTO_JOURNAL, ...run] } : { args: run });
  const [, mqtt] = await program.line(/Listening for agents at (\S+)/);
  const [, address] = await program.line(/Answering at (\S+)/);
  await program.line(/tributary-collector report hourly/);
  return { program, mqtt: mqtt as string, url: (address as string).replace("0.0.0.0", "127.0.0.1") };
}

/** What a command prints on stdout. */
async function printed(config: string, ...args: readonly string[]): Promise<string> {
  await using program = await startProgram({ args: [COMMAND, ...args, "--config", config] });
  const { code } = await program.ended;
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${program.output()}`);
  return program.stdout();
}

const asks = (url: string, token: string) => fetch(`${url}/api/v1/tokens`, { headers: { authorization: `Bearer ${token}` } });

test("the first start that listens beyond this machine shows an admin token, once; the log never does", async () => {
  await using dir = await tempDir();
  const config = await writeConfig(dir, ['listen: { mqtt: "127.0.0.1:0", http: "0.0.0.0:0" }', "http_from: private"]);
  const first = await startCollector(config);
  const [, token] = (await first.program.line(/First admin token, shown this once: (\S+)/)) as unknown as [string, string];
  expect((await asks(first.url, token)).status).toBe(200);
  expect((await asks(first.url, "guess")).status).toBe(401);
  expect(await printed(config, "link")).toMatch(/^ {2}http:\/\/\d+\.\d+\.\d+\.\d+:\d+\/#\/enter\/[\w-]{43}$/m);
  expect(first.program.output().replace(first.program.stdout(), "")).not.toContain(token);
  await first.program.kill("SIGTERM");

  await using again = (await startCollector(config)).program;
  await printed(config, "token", "list"); // it listens and answers, so it has said what it says at the start
  expect(again.output()).not.toContain("tributary_");
});

test("where stdout is the journal no token is shown, but how to make one", async () => {
  await using dir = await tempDir();
  const config = await writeConfig(dir, ['listen: { mqtt: "127.0.0.1:0", http: "0.0.0.0:0" }', "http_from: private"]);
  await using collector = (await startCollector(config, true)).program;
  await collector.line(/tributary-collector token create --role admin/);
  expect(collector.output()).not.toContain("tributary_");
  expect(JSON.parse(await printed(config, "token", "list", "--json"))).toEqual([]);
});

test("a token made on the command line hears live what an agent sends, survives a restart, and ends with its revocation", async () => {
  await using dir = await tempDir();
  const config = await writeConfig(dir, ['listen: { mqtt: "127.0.0.1:0", http: "127.0.0.1:0" }']);
  const { program, url, mqtt } = await startCollector(config);
  expect((await fetch(`${url}/api/v1/series`)).status).toBe(401);
  const token = (await printed(config, "token", "create", "--role", "read", "--name", "wall")).trimEnd();
  const live = await listen(url, token);
  const sensors = "  - { name: air, driver: simulated, profile: greenhouse, every: 200ms, channels: { temperature: {} } }\n";
  await using _agent = await startAgent(await writeAgent(dir, { name: "greenhouse-1", url: mqtt, sensors }));
  expect(await live.reading).toMatchObject({ series: "greenhouse-1/air/temperature", unit: "Cel", kind: "sample" });
  live.close();
  await program.kill("SIGKILL");

  const again = await startCollector(config);
  await using _collector = again.program;
  const answer = await fetch(`${again.url}/api/v1/series`, { headers: { authorization: `Bearer ${token}` } });
  expect(await answer.json()).toMatchObject({ series: [{ id: "greenhouse-1/air/temperature" }] });
  const [made] = JSON.parse(await printed(config, "token", "list", "--json")) as { id: string; name: string }[];
  expect(made?.name).toBe("wall");
  await printed(config, "token", "revoke", made?.id ?? "");
  expect((await fetch(`${again.url}/api/v1/series`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
});

/** Listens; `reading` is the first that comes. */
async function listen(url: string, token: string): Promise<{ readonly reading: Promise<unknown>; close(): void }> {
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(`${url}/api/v1/live`, { headers: { authorization: `Bearer ${token}` }, agent: false }, resolve).on("error", reject);
  });
  let text = "";
  const reading = new Promise((resolve, reject) => {
    answer.setEncoding("utf8").on("error", reject);
    answer.on("data", (piece: string) => {
      text += piece;
      const data = /^event: reading\ndata: (.*)\n\n/m.exec(text)?.[1];
      if (data !== undefined) resolve(JSON.parse(data));
    });
  });
  return { reading, close: () => answer.destroy() };
}
