/**
 * main: `tributary-collector` on this machine: its clock, its environment, its signals, its terminal.
 */
import { readFile } from "node:fs/promises";
import { pino } from "pino";
import { askControl, type Environment, serviceManager, systemClock, systemRandom } from "../protocol/index.ts";
import { type CollectorActions, type DoctorOptions, type PlaceOptions, type ReportOptions, runCollector } from "./cli.ts";
import { openDataForReading, startCollector } from "./collector.ts";
import { checkCollector } from "./commands/check.ts";
import { reportCommand } from "./commands/report.ts";
import { loadCollectorConfig } from "./config/load.ts";
import { parseQuery } from "./report/query.ts";

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
    `Listening for agents at ${collector.mqttUrl}\nAnswering at ${collector.httpUrl} (this machine only)\n` +
      `Keeping everything in ${config.data}\n\nNext: point an agent here (collector: ${collector.mqttUrl}), then\n` +
      `  tributary-collector report hourly${placed({ config: file, data })}\n\n`,
  );
  const service = serviceManager(process.env, process.pid, environment);
  service.ready(() => collector.pulse());
  await Promise.race([stopped, bug.promise]);
  service.stopping();
  await collector.stop();
  return 0;
}

async function reportHourly(when: "today" | "yesterday" | undefined, options: ReportOptions): Promise<number> {
  const { config: file, data, out, ...asked } = options;
  const config = await loadCollectorConfig(file, process.env, data);
  const query = parseQuery(when === undefined ? asked : { ...asked, last: when });
  const place = { control: config.control, openData: () => openDataForReading(config, environment), stdout: process.stdout, printError };
  return reportCommand({ report: "hourly", query, out }, place);
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

async function doctor(options: DoctorOptions): Promise<number> {
  const { doctorCommand } = await import("./commands/doctor.ts");
  const load = () => loadCollectorConfig(options.config, process.env, options.data);
  const isColored = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  const { code, isHanging } = await doctorCommand(options, { environment, version, root: "/", isColored, load, print });
  // A call that hangs keeps its thread, and Node waits for its threads at the end: only another program can take over.
  if (isHanging) process.execve?.("/bin/sh", ["sh", "-c", `exit ${code}`]);
  return code;
}

const actions: CollectorActions = { run, check: (options) => checkCollector(options, process.env, print), reportHourly, status, doctor };

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
