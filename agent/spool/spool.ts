/**
 * spool: the spool as the rest of the agent sees it: the service, in its own thread, as promises.
 *
 * Calls are carried out in the order in which they were made. A bug in the thread ends the process: an agent
 * that no longer knows its spool must not go on.
 */
import { Worker } from "node:worker_threads";
import { Fault } from "../../protocol/index.ts";
import type { Call, Method, Reply } from "./main.ts";
import type { SpoolService } from "./service.ts";

/** Every method of the service, answering with a promise. */
export type Spool = {
  readonly [M in Method]: (...args: Parameters<SpoolService[M]>) => Promise<Awaited<ReturnType<SpoolService[M]>>>;
};

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** @param onBug called once where the thread dies of anything but a fault. */
export function startSpool(onBug: (error: unknown) => void): Spool {
  const worker = new Worker(new URL("./main.ts", import.meta.url));
  const waiting = new Map<number, Waiting>();
  let nextId = 1;

  worker.on("message", (reply: Reply) => {
    const { resolve, reject } = waiting.get(reply.id) as Waiting;
    waiting.delete(reply.id);
    if ("value" in reply) resolve(reply.value as never);
    else reject(new Fault(reply.fault.code, reply.fault.message, reply.fault));
  });
  worker.on("error", onBug);

  const call =
    (method: Method) =>
    async (...args: unknown[]) => {
      const id = nextId++;
      const answer = new Promise<never>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, method, args } satisfies Call);
      const value = await answer;
      if (method === "close") await worker.terminate();
      return value;
    };
  const methods: readonly Method[] = [
    "open",
    "commit",
    "addCatalog",
    "switchCatalog",
    "seal",
    "pending",
    "bytesToSend",
    "acked",
    "reconcile",
    "reseal",
    "resendCatalog",
    "catalogOf",
    "urgentPending",
    "newestPlace",
    "pendingUpTo",
    "hello",
    "status",
    "close",
  ];
  return Object.fromEntries(methods.map((method) => [method, call(method)])) as unknown as Spool;
}
