/**
 * cli: the words of `tributary-collector`. What a command does is handed in; here is only how it is written.
 */
import { Command, Option } from "commander";
import { EXIT_HELP, exitCodeOf } from "../protocol/index.ts";

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
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly tz?: string;
  readonly format: "table" | "csv" | "json";
  readonly out?: string;
  readonly mean?: "time" | "samples";
}

/** Each resolves to the exit code, or rejects with a `Fault`, which is explained on stderr. */
export interface CollectorActions {
  run(options: PlaceOptions): Promise<number>;
  check(options: JsonOptions): Promise<number>;
  /** @param when `today` or `yesterday`, in the zone of the report. */
  reportHourly(when: "today" | "yesterday" | undefined, options: ReportOptions): Promise<number>;
  status(options: JsonOptions): Promise<number>;
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
  addDoctor(program, actions, finish);
  return program;
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
  placed(report.command("hourly [when]"))
    .description("minimum, average and maximum of every hour; without options: the last 24 hours of all series")
    .usage("[today|yesterday] [options]")
    .option("--series <pattern>", "series that fit, for example 'greenhouse-*/air/temperature'")
    .option("--from <instant>", "first hour, inclusive; a bare date is local midnight")
    .option("--to <instant>", "end, exclusive")
    .addOption(new Option("--last <span>", "ending now, for example 24h or 7d").conflicts(["from", "to"]))
    .option("--tz <zone>", "IANA time zone; without it that of the config, else of this machine")
    .addOption(new Option("--format <format>", "how to write it").choices(["table", "csv", "json"]).default("table"))
    .option("--out <file>", "write to a file instead of the terminal")
    .addOption(new Option("--mean <kind>", "which average, where not the one that suits the series").choices(["time", "samples"]))
    .addHelpText("after", REPORT_HELP)
    .action(async (when: string | undefined, options: ReportOptions, command: Command) => {
      if (when !== undefined && when !== "today" && when !== "yesterday")
        command.error(`error: expected today or yesterday, got '${when}'`);
      finish(await actions.reportHourly(when as "today" | "yesterday" | undefined, options));
    });
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
  tributary-collector report hourly --from 2026-11-01 --to 2026-11-08 --tz Europe/Berlin --format csv --out week.csv
`;

const PROGRAM_HELP = `
Examples:
  tributary-collector run                        listen on this machine, keep the data in ./tributary-data
  tributary-collector report hourly              the last 24 hours
  tributary-collector report hourly --last 7d --format csv --out week.csv
  tributary-collector doctor                     what is wrong here, and what helps?
${EXIT_HELP}
`;
