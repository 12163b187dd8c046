/**
 * main: `tributary-collector` on this machine: its clock, its environment, its signals, its terminal.
 */
import { fstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { pino } from "pino";
import { askControl, type Environment, serviceManager, systemClock, systemRandom } from "../protocol/index.ts";
import { type CollectorActions, type DoctorOptions, type LinkOptions, type PlaceOptions, type ReportOptions, runCollector } from "./cli.ts";
import { openDataForReading, startCollector } from "./collector.ts";
import { checkCollector } from "./commands/check.ts";
import { describeJobs, exitCodeOfJobs } from "./commands/jobs.ts";
import { linkCommand } from "./commands/link.ts";
import { replaceDevice } from "./commands/replace.ts";
import { reportCommand } from "./commands/report.ts";
import { createToken, listTokens, revokeToken, type TokenPlace } from "./commands/token.ts";
import { loadCollectorConfig } from "./config/load.ts";
import type { ReportName } from "./report/format.ts";
import { parseQuery } from "./report/query.ts";
import type { JobStatus } from "./schedule/scheduler.ts";

const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const print = (text: string) => void process.stdout.write(text);
const printError = (text: string) => void process.stderr.write(text);
const environment: Environment = {
  clock: systemClock,
  random: systemRandom,
  log: pino({ name: "tributary-collector" }, pino.destination({ dest: 2, sync: true })),
};

async function run({ config: file, data }: PlaceOptions): Promise<number> {
  const stopped = stopSignal();
  const config = await loadCollectorConfig(file, process.env, data);
  const bug = Promise.withResolvers<never>();
  const collector = await startCollector({ config, environment, root: "/", onBug: bug.reject });
  print(
    `${config.broker.kind === "embedded" ? "Listening for agents at" : "Hearing agents through the broker at"} ${collector.mqttUrl}\nAnswering at ${collector.httpUrl} (${WHO[config.http.from]})\n` +
      `Keeping everything in ${config.data}\n\nNext: point an agent here (collector: ${collector.mqttUrl}), then\n` +
      `  tributary-collector report hourly${placed({ config: file, data })}\n\n`,
  );
  if (collector.firstAdminToken !== undefined) announceAdmin(collector.firstAdminToken);
  if (process.stdout.isTTY) await linkCommand({}, { control: config.control, print });
  const service = serviceManager(process.env, process.pid, environment);
  service.ready(() => collector.pulse());
  await Promise.race([stopped, bug.promise]);
  service.stopping();
  await collector.stop();
  return 0;
}

const WHO = { loopback: "this machine only", private: "this machine and private networks", all: "EVERY NETWORK" } as const;

/** Where stdout is the journal, which would keep a secret, it is said how to make one (JOURNAL_STREAM: systemd.exec(5)). */
function announceAdmin(make: () => string): void {
  const { dev, ino } = fstatSync(1);
  if (process.env.JOURNAL_STREAM !== `${dev}:${ino}`) print(`First admin token, shown this once: ${make()}\n\n`);
  else print("Nobody has access over the network yet: tributary-collector token create --role admin\n");
}

async function tokenPlace({ config: file, data }: PlaceOptions): Promise<TokenPlace> {
  const { control } = await loadCollectorConfig(file, process.env, data);
  return { control, print, printError };
}

async function link(options: LinkOptions): Promise<number> {
  return linkCommand(options, await tokenPlace(options));
}

async function report(name: ReportName, when: "today" | "yesterday" | undefined, options: ReportOptions): Promise<number> {
  const { config: file, data, out, ...asked } = options;
  const config = await loadCollectorConfig(file, process.env, data);
  const query = parseQuery(when === undefined ? asked : { ...asked, last: when });
  const place = { control: config.control, openData: () => openDataForReading(config, environment), stdout: process.stdout, printError };
  return reportCommand({ report: name, query, out }, place);
}

async function status({ config: file, data, json }: PlaceOptions & { readonly json: boolean }): Promise<number> {
  const config = await loadCollectorConfig(file, process.env, data);
  const [about, agents, accounts] = await Promise.all(
    ["status", "agents", "accounting"].map((what) => askControl(config.control, `/api/v1/${what}`)),
  );
  print(
    json
      ? `${JSON.stringify({ ...(about as object), agents, accounts }, null, 2)}\n`
      : `${JSON.stringify({ about, agents, accounts }, null, 2)}\n`,
  );
  return (accounts as { balanced: boolean }[]).every(({ balanced }) => balanced) ? 0 : 1;
}

async function jobs({ config: file, data, json }: PlaceOptions & { readonly json: boolean }): Promise<number> {
  const { control } = await loadCollectorConfig(file, process.env, data);
  const { reports } = (await askControl(control, "/api/v1/status")) as { readonly reports: readonly JobStatus[] };
  print(json ? `${JSON.stringify(reports, null, 2)}\n` : describeJobs(reports));
  return exitCodeOfJobs(reports);
}

async function doctor(options: DoctorOptions): Promise<number> {
  const { doctorCommand } = await import("./commands/doctor.ts");
  const load = () => loadCollectorConfig(options.config, process.env, options.data);
  const isColored = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  const { code, isHanging } = await doctorCommand(options, { environment, version, root: "/", isColored, load, print });
  // A call that hangs keeps its thread, and Node waits for its threads at the end: only another program can take over.
  if (isHanging) process.execve?.("/bin/sh", ["sh", "-c", `exit ${code}`]);
  return code;
}

const actions: CollectorActions = {
  run,
  check: (options) => checkCollector(options, process.env, print),
  report,
  status,
  jobs,
  tokenCreate: async (options) => createToken(options, await tokenPlace(options)),
  tokenList: async (options) => listTokens(options, await tokenPlace(options)),
  tokenRevoke: async (id, options) => revokeToken(id, await tokenPlace(options)),
  replace: async (agent, options) => replaceDevice(agent, await tokenPlace(options)),
  link,
  doctor,
};

function placed({ config, data }: { readonly config: string | undefined; readonly data: string | undefined }): string {
  return `${config === undefined ? "" : ` --config ${config}`}${data === undefined ? "" : ` --data ${data}`}`;
}

/** The first asks to stop in order, the second ends at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of SIGNALS) process.off(signal, stop);
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
}

// Whoever read the answer has seen enough (`| head`): nobody is left to tell the rest.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.exitCode = await runCollector(process.argv.slice(2), actions, { version, print, printError });
