/**
 * control-request: has the running collector do something, over its control socket.
 */
import http from "node:http";
import { askControl, Fault } from "../../protocol/index.ts";

/**
 * Resolves to its JSON; undefined where it has nothing to say.
 * @throws Fault of the collector as it is; `not_running`, `not_allowed`, `no_answer`.
 */
export async function requestControl(socketPath: string, method: "POST" | "DELETE", path: string, body?: object): Promise<unknown> {
  await askControl(socketPath, "/healthz"); // who is not there is told so in the same words as everywhere
  const { status, text } = await exchange(socketPath, method, path, body === undefined ? "" : JSON.stringify(body));
  if (status === 204) return undefined;
  if (status < 300) return JSON.parse(text);
  throw faultOf(text, status);
}

function exchange(
  socketPath: string,
  method: string,
  path: string,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = body === "" ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const request = http.request({ socketPath, path, method, agent: false, headers: { host: "localhost", ...headers } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        text += piece;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    request.on("error", (error) =>
      reject(new Fault("no_answer", `${socketPath}: expected an answer, got ${error.message}`, { cause: error })),
    );
    request.end(body);
  });
}

function faultOf(text: string, status: number): Fault {
  try {
    const { title, detail, hint } = JSON.parse(text) as { title: unknown; detail: unknown; hint?: unknown };
    return new Fault(String(title), String(detail), typeof hint === "string" ? { hint } : {});
  } catch {
    return new Fault("no_answer", `expected an answer of the collector, got HTTP ${status}`, {
      hint: "is another program listening at the control socket?",
    });
  }
}
