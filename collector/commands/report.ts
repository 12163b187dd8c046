/**
 * report: writes a report to the terminal or a file.
 *
 * The running collector is asked first, at its control socket. Where nobody listens the data is opened for reading,
 * and stderr says so: what the agents sent since it stopped is not in it. A report to a file that
 * failed halfway leaves none.
 */
import http from "node:http";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Fault, writeWhole } from "../../protocol/index.ts";
import type { ReportName } from "../report/format.ts";
import { formatOfFile } from "../report/formats.ts";
import { parseQuery, type ReportQuery } from "../report/query.ts";
import { openReport } from "../report/report.ts";
import type { ReportSource } from "../report/source.ts";

/** What was asked for on the command line. */
export interface ReportCommand {
  readonly report: ReportName;
  readonly query: ReportQuery;
  /** Undefined = the terminal. */
  readonly out: string | undefined;
}

export interface ReportPlace {
  /** Path of the control socket. */
  readonly control: string;
  /** Opens the data of a collector that does not run. @throws Fault `no_data` where there is none. */
  openData(): Promise<{ readonly source: ReportSource; close(): Promise<void> }>;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  printError(text: string): void;
}

/**
 * @returns 0. Everything that goes wrong is a Fault: of the query as in `openReport`, of the data as `openData`
 *   says, `cannot_write` where the file cannot be written, `binary_to_terminal` where a person would see bytes.
 */
export async function reportCommand({ report, query, out }: ReportCommand, place: ReportPlace): Promise<number> {
  const format = query.format ?? (out === undefined ? undefined : formatOfFile(out)) ?? "table";
  const asked = parseQuery({ ...query, format });
  if (format === "parquet" && out === undefined && place.stdout.isTTY === true) throw binaryToTerminal();
  const live = await askCollector(place.control, report, asked);
  if (live !== undefined) {
    await write(live, out, place);
    return 0;
  }
  const data = await place.openData();
  try {
    place.printError("The collector is not running: this report is made from its files.\n");
    await write(Readable.from(openReport(report, asked, data.source, "table").pieces), out, place);
  } finally {
    await data.close();
  }
  return 0;
}

/** The answer of the running collector; undefined where none listens. */
async function askCollector(control: string, report: ReportName, query: ReportQuery): Promise<Readable | undefined> {
  const parameters = new URLSearchParams(Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const answer = await get(control, `/api/v1/report/${report}?${parameters}`);
  if (answer === undefined || answer.statusCode === 200) return answer;
  throw faultOf(await textOf(answer), answer.statusCode);
}

function get(socketPath: string, path: string): Promise<http.IncomingMessage | undefined> {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path, headers: { host: "localhost" }, agent: false }, resolve);
    request.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED" || error.code === "ENOTSOCK") resolve(undefined);
      else reject(noAnswer(socketPath, error));
    });
  });
}

function noAnswer(socketPath: string, error: NodeJS.ErrnoException): Fault {
  const denied = error.code === "EACCES" || error.code === "EPERM";
  return new Fault("no_answer", `${socketPath}: expected an answer of the collector, got ${error.code ?? error.message}`, {
    hint: denied ? "sudo usermod -aG tributary $USER, then log in again" : "look at the collector's log",
    cause: error,
  });
}

async function textOf(answer: Readable): Promise<string> {
  let text = "";
  for await (const piece of answer) text += String(piece);
  return text;
}

/** The fault that the collector answered with, as if it had happened here. */
function faultOf(text: string, status = 0): Fault {
  try {
    const { title, detail, hint } = JSON.parse(text) as { title: unknown; detail: unknown; hint?: unknown };
    return new Fault(String(title), String(detail), typeof hint === "string" ? { hint } : {});
  } catch {
    return new Fault("no_answer", `expected a report of the collector, got HTTP ${status} and ${JSON.stringify(text.slice(0, 80))}`, {
      hint: "is another program listening at the control socket?",
    });
  }
}

async function write(report: Readable, out: string | undefined, place: ReportPlace): Promise<void> {
  if (out === undefined) return await print(report, place.stdout);
  try {
    await writeWhole(out, report, { replaces: true });
  } catch (error) {
    throw writeFault(out, error);
  }
}

function binaryToTerminal(): Fault {
  return new Fault("binary_to_terminal", "expected a file for a Parquet report, got the terminal", {
    hint: "name one with --out report.parquet",
  });
}

/** Ends quietly where the reader went away (`| head`). */
async function print(report: Readable, stdout: Writable): Promise<void> {
  try {
    await pipeline(report, stdout, { end: false });
  } catch (error) {
    if (codeOf(error) !== "EPIPE") throw writeFault("terminal", error);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** What the system says about a file or a connection, as a fault; anything else stays what it is. */
function writeFault(to: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof Fault || typeof code !== "string") return error;
  if (code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE") {
    return new Fault("no_answer", "expected the whole report, got only its beginning: the collector ended or failed", {
      hint: "look at the collector's log and ask again",
      cause: error,
    });
  }
  return new Fault("cannot_write", `${to}: expected to write the report there, got ${code}`, {
    hint: "choose another file with --out",
    cause: error,
  });
}
