/**
 * cli: the words of `tributary-collector`. What a command does is handed in; here is only how it is written.
 */
import { Command, Option } from "commander";
import { EXIT_HELP, exitCodeOf } from "../protocol/index.ts";
import { ROLES, type Role } from "./access/roles.ts";
import type { ReportName } from "./report/format.ts";
import { REPORT_FORMATS, type ReportFormat } from "./report/query.ts";

export interface PlaceOptions {
  /** undefined = the service's file where there is one, else all defaults. */
  readonly config?: string;
  /** Folder with the data, over the config's. */
  readonly data?: string;
}

export interface JsonOptions extends PlaceOptions {
  readonly json: boolean;
}

export interface DoctorOptions extends JsonOptions {
  /** Where to write a bundle; absent = none. */
  readonly bundle?: string;
  /** The bundle may take the place of a file. */
  readonly force: boolean;
}

/** As written: what a series, an instant or a zone may be is checked by the report. */
export interface ReportOptions extends PlaceOptions {
  readonly series?: string;
  readonly where?: string;
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  /** Of `report last` alone. */
  readonly span?: string;
  readonly tz?: string;
  /** Without it what the name of `out` says, else a table. */
  readonly format?: ReportFormat;
  readonly columns?: string;
  readonly out?: string;
  readonly mean?: "time" | "samples";
}

export interface TokenOptions extends PlaceOptions {
  readonly role: Role;
  /** For people: who or what has it. */
  readonly name?: string;
  /** `30d`; absent = for ever. */
  readonly expires?: string;
}

export interface LinkOptions extends PlaceOptions {
  /** Address of the page as the browser sees it, where that is not the collector's own. */
  readonly at?: string;
}

/** Each resolves to the exit code, or rejects with a `Fault`, which is explained on stderr. */
export interface CollectorActions {
  run(options: PlaceOptions): Promise<number>;
  check(options: JsonOptions): Promise<number>;
  /** @param when `today` or `yesterday`, in the zone of the report; never of `last`. */
  report(name: ReportName, when: "today" | "yesterday" | undefined, options: ReportOptions): Promise<number>;
  status(options: JsonOptions): Promise<number>;
  jobs(options: JsonOptions): Promise<number>;
  tokenCreate(options: TokenOptions): Promise<number>;
  tokenList(options: JsonOptions): Promise<number>;
  tokenRevoke(id: string, options: PlaceOptions): Promise<number>;
  replace(agent: string, options: PlaceOptions): Promise<number>;
  link(options: LinkOptions): Promise<number>;
  doctor(options: DoctorOptions): Promise<number>;
}

export interface Terminal {
  readonly version: string;
  print(text: string): void;
  printError(text: string): void;
}

/** @param argv what stands behind the program's name. @returns the exit code. */
export function runCollector(argv: readonly string[], actions: CollectorActions, terminal: Terminal): Promise<number> {
  return exitCodeOf(async () => {
    let code = 0;
    const program = collectorCommands(actions, terminal, (result) => {
      code = result;
    });
    await program.parseAsync(argv, { from: "user" });
    return code;
  }, terminal.printError);
}

function collectorCommands(actions: CollectorActions, terminal: Terminal, finish: (code: number) => void): Command {
  const program = new Command("tributary-collector")
    .description("Takes in readings from agents exactly once, and answers with hourly minimum, average and maximum.")
    .version(terminal.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.print(text), writeErr: (text) => terminal.printError(text) })
    .showHelpAfterError("(--help shows what there is)")
    .addHelpText("after", PROGRAM_HELP);

  placed(program.command("run"))
    .description("listen for agents until stopped; needs no config for a first run")
    .addHelpText("after", "\nExamples:\n  tributary-collector run\n  tributary-collector run --data ./readings\n")
    .action(async (options: PlaceOptions) => finish(await actions.run(options)));
  placed(program.command("check"))
    .description("check the config: says what it means, starts nothing")
    .option("--json", "answer in JSON", false)
    .addHelpText("after", "\nExample:\n  tributary-collector check --config collector.yaml\n")
    .action(async (options: JsonOptions) => finish(await actions.check(options)));
  addReports(program, actions, finish);
  placed(program.command("status"))
    .description("ask the running collector how it is: agents, account, store")
    .option("--json", "answer in JSON", false)
    .addHelpText("after", "\nExample:\n  tributary-collector status\n")
    .action(async (options: JsonOptions) => finish(await actions.status(options)));
  addJobs(program, actions, finish);
  addAccess(program, actions, finish);
  addDoctor(program, actions, finish);
  return program;
}

function addJobs(program: Command, actions: CollectorActions, finish: (code: number) => void): void {
  placed(program.command("jobs"))
    .description("ask the running collector for its scheduled reports: last run and its result, next run, what waits and why")
    .option("--json", "answer in JSON", false)
    .addHelpText("after", "\nExample:\n  tributary-collector jobs\n")
    .action(async (options: JsonOptions) => finish(await actions.jobs(options)));
}

/** Who may ask over the network. */
function addAccess(program: Command, actions: CollectorActions, finish: (code: number) => void): void {
  const token = program.command("token").description("who may ask over the network; needs the running collector");
  placed(token.command("create"))
    .description("make a token; its secret is shown this once")
    .addOption(new Option("--role <role>", "what it may do, each all of those before it").choices(ROLES).makeOptionMandatory())
    .option("--name <name>", "for people: who or what has it")
    .option("--expires <span>", "how long it is good, for example 30d; without it until revoked")
    .addHelpText("after", "\nExample:\n  tributary-collector token create --role read --name grafana --expires 365d\n")
    .action(async (options: TokenOptions) => finish(await actions.tokenCreate(options)));
  placed(token.command("list"))
    .description("tokens and sessions, revoked ones too")
    .option("--json", "answer in JSON", false)
    .action(async (options: JsonOptions) => finish(await actions.tokenList(options)));
  placed(token.command("revoke <id>"))
    .description("from now on it opens nothing")
    .action(async (id: string, options: PlaceOptions) => finish(await actions.tokenRevoke(id, options)));
  placed(program.command("replace <agent>"))
    .description("let a new device take the place of an agent whose card or machine is gone")
    .addHelpText(
      "after",
      "\nA device that comes under a known name is refused, for it may be a copy; this lets the next one in, once.\n" +
        "A card that is moved into another device needs no permission.\n\nExample:\n  tributary-collector replace greenhouse-1\n",
    )
    .action(async (agent: string, options: PlaceOptions) => finish(await actions.replace(agent, options)));
  placed(program.command("link"))
    .description("an address that lets one browser in, once, within ten minutes: for a phone")
    .option("--at <url>", "where the page is as the browser sees it, for example behind a proxy")
    .addHelpText("after", "\nExamples:\n  tributary-collector link\n  tributary-collector link --at https://home.example/tributary\n")
    .action(async (options: LinkOptions) => finish(await actions.link(options)));
}

function addDoctor(program: Command, actions: CollectorActions, finish: (code: number) => void): void {
  placed(program.command("doctor"))
    .description("examine the collector and its machine: clock, data, listeners, agents; says what to type; changes nothing")
    .option("--json", "answer in JSON", false)
    .option("--bundle <file>", "pack config (without secrets), versions, faults and accounts for somebody who helps")
    .option("--force", "let the bundle take the place of a file", false)
    .addHelpText("after", "\nExamples:\n  tributary-collector doctor\n  tributary-collector doctor --bundle doctor.json.gz\n")
    .action(async (options: DoctorOptions) => finish(await actions.doctor(options)));
}

function addReports(program: Command, actions: CollectorActions, finish: (code: number) => void): void {
  const report = program.command("report").description("what was measured");
  for (const [name, row, usual] of PERIODIC) {
    const command = placed(report.command(`${name} [when]`))
      .description(`minimum, average and maximum of every ${row}; without options: ${usual} of all series`)
      .usage("[today|yesterday] [options]")
      .option("--from <instant>", `first ${row}, inclusive; a bare date is local midnight`)
      .option("--to <instant>", "end, exclusive")
      .addOption(new Option("--last <span>", "ending now, for example 24h or 7d").conflicts(["from", "to"]));
    shaped(command)
      .addHelpText("after", REPORT_HELP.replaceAll("hourly", name))
      .action(async (when: string | undefined, options: ReportOptions) => {
        if (when !== undefined && when !== "today" && when !== "yesterday")
          command.error(`error: expected today or yesterday, got '${when}'`);
        finish(await actions.report(name, when as "today" | "yesterday" | undefined, options));
      });
  }
  shaped(placed(report.command("last")))
    .description("minimum, average and maximum of the time just past, to the second: a window that ends now")
    .option("--span <span>", "its length, at most 7d (default: 60m)")
    .addHelpText("after", LAST_HELP)
    .action(async (options: ReportOptions) => finish(await actions.report("last", undefined, options)));
}

/** Reports with a row for each stretch of local time, and what they show without options. */
const PERIODIC = [
  ["hourly", "hour", "the last 24 hours"],
  ["daily", "day", "the last 7 days"],
  ["weekly", "week", "the last 8 weeks"],
  ["monthly", "month", "the last 12 months"],
] as const;

/** Of which series a report is, and how it is written. */
function shaped(command: Command): Command {
  return command
    .option("--series <pattern>", "series that fit, for example 'greenhouse-*/air/temperature'")
    .option("--where <labels>", "only of agents with these labels, for example site=kiel or 'site=*,customer=12'")
    .option("--tz <zone>", "IANA time zone; without it that of the config, else of this machine")
    .addOption(new Option("--format <format>", "how to write it; without it as the file's name says").choices(REPORT_FORMATS))
    .option("--columns <names>", "which columns, with commas between; a wrong name shows all there are")
    .option("--out <file>", "write to a file instead of the terminal: whole, or not at all")
    .addOption(new Option("--mean <kind>", "which average, where not the one that suits the series").choices(["time", "samples"]));
}

function placed(command: Command): Command {
  return command
    .option("-c, --config <file>", "config file; without it /etc/tributary/collector.yaml, or every default")
    .option("--data <dir>", "folder with the data");
}

const REPORT_HELP = `
Examples:
  tributary-collector report hourly
  tributary-collector report hourly yesterday --series 'greenhouse-*/air/temperature'
  tributary-collector report hourly --from 2026-11-01 --to 2026-11-08 --tz Europe/Berlin --out week.csv
`;

const LAST_HELP = `
Examples:
  tributary-collector report last
  tributary-collector report daily --last 7d --where site=kiel
  tributary-collector report last --span 10m --series 'greenhouse-*' --format json
`;

const PROGRAM_HELP = `
Examples:
  tributary-collector run                        listen on this machine, keep the data in ./tributary-data
  tributary-collector report hourly              the last 24 hours
  tributary-collector report hourly --last 7d --out week.csv
  tributary-collector doctor                     what is wrong here, and what helps?
${EXIT_HELP}
`;
