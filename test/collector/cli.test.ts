import { describe, expect, test } from "vitest";
import { type CollectorActions, runCollector } from "../../collector/cli.ts";

/** Runs a command line; what the actions were called with comes back. */
async function collector(...argv: readonly string[]) {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]) => {
      calls.push([name, ...args.map((arg) => (typeof arg === "object" ? { ...arg } : arg))]);
      return 0;
    };
  const actions: CollectorActions = {
    run: note("run"),
    check: note("check"),
    report: note("report"),
    status: note("status"),
    jobs: note("jobs"),
    tokenCreate: note("tokenCreate"),
    tokenList: note("tokenList"),
    tokenRevoke: note("tokenRevoke"),
    replace: note("replace"),
    link: note("link"),
    doctor: note("doctor"),
  };
  const written = { out: "", error: "" };
  const code = await runCollector(argv, actions, {
    version: "1.2.3",
    print: (text) => {
      written.out += text;
    },
    printError: (text) => {
      written.error += text;
    },
  });
  return { code, calls, ...written };
}

describe("tributary-collector", () => {
  test.each([
    [["run"], ["run", {}]],
    [
      ["run", "--data", "d", "-c", "c.yaml"],
      ["run", { data: "d", config: "c.yaml" }],
    ],
    [
      ["check", "--json"],
      ["check", { json: true }],
    ],
    [["status"], ["status", { json: false }]],
    [["doctor"], ["doctor", { json: false, force: false }]],
    [
      ["doctor", "--bundle", "d.json.gz", "--force", "--data", "d"],
      ["doctor", { json: false, bundle: "d.json.gz", force: true, data: "d" }],
    ],
    [
      ["token", "create", "--role", "read", "--name", "grafana", "--expires", "30d"],
      ["tokenCreate", { role: "read", name: "grafana", expires: "30d" }],
    ],
    [
      ["token", "list", "--json"],
      ["tokenList", { json: true }],
    ],
    [
      ["token", "revoke", "0123456789ab", "--data", "d"],
      ["tokenRevoke", "0123456789ab", { data: "d" }],
    ],
    [
      ["replace", "greenhouse-1", "--data", "d"],
      ["replace", "greenhouse-1", { data: "d" }],
    ],
    [
      ["link", "--at", "https://home.example"],
      ["link", { at: "https://home.example" }],
    ],
    [
      ["report", "hourly"],
      ["report", "hourly", undefined, {}],
    ],
    [
      ["report", "hourly", "yesterday"],
      ["report", "hourly", "yesterday", {}],
    ],
    [
      [
        "report",
        "hourly",
        "--series",
        "a/*/*",
        "--from",
        "2026-11-01",
        "--to",
        "2026-11-08",
        "--tz",
        "UTC",
        "--format",
        "csv",
        "--out",
        "f",
        "--mean",
        "time",
      ],
      [
        "report",
        "hourly",
        undefined,
        { series: "a/*/*", from: "2026-11-01", to: "2026-11-08", tz: "UTC", format: "csv", out: "f", mean: "time" },
      ],
    ],
    [
      ["report", "hourly", "--last", "7d", "--data", "d"],
      ["report", "hourly", undefined, { last: "7d", data: "d" }],
    ],
    [
      ["report", "daily", "today", "--columns", "day,avg"],
      ["report", "daily", "today", { columns: "day,avg" }],
    ],
    [
      ["report", "last", "--span", "10m", "--format", "parquet"],
      ["report", "last", undefined, { span: "10m", format: "parquet" }],
    ],
  ])("%j calls its action with what was written", async (argv, call) => {
    expect(await collector(...argv)).toEqual({ code: 0, calls: [call], out: "", error: "" });
  });

  test.each([
    [["token", "create"], "required option '--role <role>' not specified"],
    [["token", "create", "--role", "god"], "Allowed choices are read, operate, admin"],
    [["token", "revoke"], "missing required argument 'id'"],
    [["rnu"], "(Did you mean run?)"],
    [["report", "hourlie"], "unknown command 'hourlie'"],
    [["report", "hourly", "tomorrow"], "expected today or yesterday, got 'tomorrow'"],
    [["report", "hourly", "--format", "xml"], "Allowed choices are table, csv, json, ndjson, markdown, parquet"],
    [["report", "hourly", "--mean", "geometric"], "Allowed choices are time, samples"],
    [["report", "hourly", "--last", "1d", "--to", "2026-01-01"], "cannot be used with"],
    [["report", "last", "--last", "1d"], "unknown option '--last'"],
    [["report", "last", "today"], "too many arguments"],
    [["report"], "Usage: tributary-collector report"],
    [[], "Usage: tributary-collector"],
  ])("%j is answered on stderr with exit code 2, and nothing is done", async (argv, answer) => {
    const { code, calls, out, error } = await collector(...argv);
    expect(error).toContain(answer);
    expect({ code, calls, out }).toEqual({ code: 2, calls: [], out: "" });
  });

  test("shows help with examples and exit codes, and its version, on stdout with exit code 0", async () => {
    const help = await collector("--help");
    expect(help.out).toContain("tributary-collector report hourly");
    expect(help.out).toContain("Exit codes:");
    expect([help.code, help.error]).toEqual([0, ""]);
    expect((await collector("report", "hourly", "--help")).out).toContain("--tz Europe/Berlin");
    expect(await collector("--version")).toMatchObject({ code: 0, out: "1.2.3\n" });
  });
});
