/**
 * main: the spool's thread. One message is one call of the service; calls are answered in order.
 */
import { parentPort } from "node:worker_threads";
import { bug, isFault, systemRandom } from "../../protocol/index.ts";
import { SpoolService } from "./service.ts";

export type Method = Exclude<keyof SpoolService, symbol>;

export interface Call {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

/** A fault crosses the thread as its fields; anything else is a bug and ends the thread. */
export type Reply =
  | { readonly id: number; readonly value: unknown }
  | {
      readonly id: number;
      readonly fault: { readonly code: string; readonly message: string; readonly retry: boolean; readonly hint: string | undefined };
    };

const port = parentPort ?? bug("agent/spool/main.ts was started as a program");
const service = new SpoolService(systemRandom);

port.on("message", ({ id, method, args }: Call) => {
  try {
    const run = service[method] as (...args: readonly unknown[]) => unknown;
    port.postMessage({ id, value: run.apply(service, [...args]) } satisfies Reply);
  } catch (error) {
    if (!isFault(error)) throw error;
    const { code, message, retry, hint } = error;
    port.postMessage({ id, fault: { code, message, retry, hint } } satisfies Reply);
  }
});
