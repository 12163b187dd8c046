/**
 * reload: has the running agent read its config again, and says what it changed.
 */
import { askControl } from "../../protocol/index.ts";
import type { ReloadReport } from "../reload.ts";

/** @returns 0. @throws Fault of the config as the agent found it, `restart_needed`, `not_running`. */
export async function reloadCommand(control: string, json: boolean, print: (text: string) => void): Promise<number> {
  const report = (await askControl(control, "/api/v1/reload", { method: "POST" })) as ReloadReport;
  print(json ? `${JSON.stringify({ ok: true, ...report }, null, 2)}\n` : describe(report));
  return 0;
}

function describe({ added, removed, changed, kept, labels, send }: ReloadReport): string {
  const parts = [
    ...[
      ["added", added],
      ["removed", removed],
      ["changed", changed],
    ].flatMap(([what, names]) => ((names?.length ?? 0) === 0 ? [] : [`${what}: ${(names as readonly string[]).join(", ")}`])),
    ...(labels ? ["labels"] : []),
    ...(send ? ["send"] : []),
  ];
  const what = parts.length === 0 ? "Nothing changed" : `Reloaded: ${parts.join("; ")}`;
  return `${what}. ${kept.length} sensors went on as they were.\n`;
}
