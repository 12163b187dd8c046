import { describe, expect, test } from "vitest";
import { type AgentActions, runAgent } from "../../agent/cli.ts";
import { Fault } from "../../protocol/index.ts";

/** Runs a command line; what the actions were called with comes back. */
async function agent(...argv: readonly string[]) {
  const calls: unknown[][] = [];
  const note =
    (name: string, code: number) =>
    async (...args: unknown[]) => {
      calls.push([name, ...args.map((arg) => (typeof arg === "object" ? { ...arg } : arg))]);
      return code;
    };
  const actions: AgentActions = {
    run: note("run", 0),
    check: note("check", 1),
    test: note("test", 0),
    status: note("status", 0),
    scan: note("scan", 0),
    top: note("top", 0),
    doctor: note("doctor", 0),
    flush: note("flush", 0),
    reload: note("reload", 0),
    explain: note("explain", 0),
  };
  const written = { out: "", error: "" };
  const code = await runAgent(argv, actions, terminal(written));
  return { code, calls, ...written };
}

function terminal(written: { out: string; error: string }) {
  return {
    version: "1.2.3",
    print: (text: string) => {
      written.out += text;
    },
    printError: (text: string) => {
      written.error += text;
    },
  };
}

describe("tributary-agent", () => {
  test.each([
    [["run"], ["run", { config: "/etc/tributary/agent.yaml", drain: false }]],
    [
      ["run", "--config", "a.yaml"],
      ["run", { config: "a.yaml", drain: false }],
    ],
    [
      ["check", "-c", "a.yaml", "--json"],
      ["check", { config: "a.yaml", json: true }],
    ],
    [["test"], ["test", undefined, { config: "/etc/tributary/agent.yaml", json: false }]],
    [
      ["test", "air", "--json"],
      ["test", "air", { config: "/etc/tributary/agent.yaml", json: true }],
    ],
    [
      ["flush", "--timeout", "10m"],
      ["flush", { config: "/etc/tributary/agent.yaml", json: false, timeout: 600_000_000 }],
    ],
    [["scan"], ["scan", { root: "/", json: false }]],
    [
      ["scan", "--root", "/mnt", "--json", "--write", "a.yaml", "--agent", "greenhouse-1"],
      ["scan", { root: "/mnt", json: true, write: "a.yaml", agent: "greenhouse-1" }],
    ],
    [["status"], ["status", { config: "/etc/tributary/agent.yaml", json: false }]],
    [["top"], ["top", { config: "/etc/tributary/agent.yaml", json: false, once: false }]],
    [
      ["top", "--once", "--json"],
      ["top", { config: "/etc/tributary/agent.yaml", json: true, once: true }],
    ],
    [["doctor"], ["doctor", { config: "/etc/tributary/agent.yaml", json: false, force: false }]],
    [
      ["doctor", "--bundle", "d.json.gz", "--force"],
      ["doctor", { config: "/etc/tributary/agent.yaml", json: false, bundle: "d.json.gz", force: true }],
    ],
  ])("%j calls its action with what was written", async (argv, call) => {
    expect((await agent(...argv)).calls).toEqual([call]);
  });

  test("ends with the exit code of the action", async () => {
    expect((await agent("check")).code).toBe(1);
    expect((await agent("run")).code).toBe(0);
  });

  test.each([
    [["chek"], "(Did you mean check?)"],
    [["check", "--jsn"], "(Did you mean --json?)"],
    [["run", "air"], "too many arguments"],
    [["run", "--config"], "argument missing"],
    [[], "Usage: tributary-agent"],
  ])("%j is answered on stderr with exit code 2, and nothing is done", async (argv, answer) => {
    const { code, calls, out, error } = await agent(...argv);
    expect(error).toContain(answer);
    expect({ code, calls, out }).toEqual({ code: 2, calls: [], out: "" });
  });

  test("shows help with examples and exit codes, and its version, on stdout with exit code 0", async () => {
    const help = await agent("--help");
    expect(help.out).toContain("tributary-agent check --config agent.yaml");
    expect(help.out).toContain("69  Node is too old");
    expect([help.code, help.error]).toEqual([0, ""]);
    expect((await agent("check", "--help")).out).toContain("Examples:");
    expect((await agent("flush", "--help")).out).toContain("how long to wait (default: 1m)");
    expect(await agent("--version")).toMatchObject({ code: 0, out: "1.2.3\n" });
  });

  test("explains a fault with its hint and exit code 1; a bug is thrown on", async () => {
    const written = { out: "", error: "" };
    const failing = (error: Error) => ({ check: () => Promise.reject(error) }) as unknown as AgentActions;
    const fault = new Fault("config_missing", "a.yaml: expected a config file", { hint: "write one" });
    expect(await runAgent(["check"], failing(fault), terminal(written))).toBe(1);
    expect(written).toEqual({ out: "", error: "a.yaml: expected a config file\n  -> write one\n" });
    await expect(runAgent(["check"], failing(new Error("BUG: x")), terminal(written))).rejects.toThrow("BUG: x");
  });
});
